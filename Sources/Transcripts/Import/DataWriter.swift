internal import SessionJournal

/// Writes the data of an event: one JSON object, member by member, without a tree in between.
struct DataWriter {
    private(set) var bytes: [UInt8] = [UInt8(ascii: "{")]

    /// The finished object.
    consuming func finish() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// What was written so far but for the last byte, which says whether a comma follows.
    mutating func takeWritten() -> [UInt8] {
        let last = bytes.removeLast()
        defer { bytes = [last] }
        return bytes
    }

    /// A member with a text.
    mutating func member(_ name: StaticString, _ text: String) {
        key(name)
        JSONText.append(text, to: &bytes)
    }

    /// A member with a text, where there is one.
    mutating func member(_ name: StaticString, ifPresent text: String?) {
        if let text { member(name, text) }
    }

    /// A member with a number.
    mutating func member(_ name: StaticString, _ number: some BinaryInteger) {
        key(name)
        JSONText.append(number, to: &bytes)
    }

    /// A member that says where in the original its value stands.
    mutating func pointer(_ name: StaticString, _ pointer: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        JSONText.append(raw: name, to: &bytes)
        JSONText.append(raw: "@\":", to: &bytes)
        JSONText.append(pointer, to: &bytes)
    }

    /// A member with JSON as it stands.
    mutating func member(_ name: StaticString, json: Span<UInt8>) {
        key(name)
        bytes.append(copying: json)
    }

    /// A member with JSON of our own.
    mutating func member(_ name: StaticString, literal: StaticString) {
        key(name)
        JSONText.append(raw: literal, to: &bytes)
    }

    /// A member with an object, written by `body`.
    mutating func object(_ name: StaticString, _ body: (inout DataWriter) -> Void) {
        key(name)
        element(body)
    }

    /// A member with an array; `body` writes its elements with ``element(_:)``.
    mutating func array(_ name: StaticString, _ body: (inout DataWriter) -> Void) {
        key(name)
        bytes.append(UInt8(ascii: "["))
        body(&self)
        bytes.append(UInt8(ascii: "]"))
    }

    /// An object as an element of an array, with a comma before it where one belongs.
    mutating func element(_ body: (inout DataWriter) -> Void) {
        separate()
        bytes.append(UInt8(ascii: "{"))
        body(&self)
        bytes.append(UInt8(ascii: "}"))
    }

    /// A text as an element of an array.
    mutating func element(_ text: String) {
        separate()
        JSONText.append(text, to: &bytes)
    }

    /// An array of numbers, and a text behind them, as an element of an array.
    mutating func element(_ numbers: [Int], text: String? = nil) {
        separate()
        bytes.append(UInt8(ascii: "["))
        for number in numbers {
            separate()
            JSONText.append(number, to: &bytes)
        }
        if let text { element(text) }
        bytes.append(UInt8(ascii: "]"))
    }

    /// Room for what will come, in bytes.
    mutating func reserve(_ count: Int) {
        bytes.reserveCapacity(bytes.count + count)
    }

    private mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        JSONText.append(raw: name, to: &bytes)
        JSONText.append(raw: "\":", to: &bytes)
    }

    /// The name of the next member.
    mutating func key(_ name: String) {
        separate()
        JSONText.append(name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
    }

    /// A text as a value.
    mutating func value(_ text: String) { JSONText.append(text, to: &bytes) }

    /// JSON as a value.
    mutating func json(_ value: JSONValue) { value.write(to: &bytes) }

    /// The start of an object or array.
    mutating func open(_ bracket: UInt8) { bytes.append(bracket) }

    /// Its end.
    mutating func close(_ bracket: UInt8) { bytes.append(bracket) }

    /// A number as an element of an array.
    mutating func element(_ number: Int) {
        separate()
        JSONText.append(number, to: &bytes)
    }

    /// A comma, where one belongs before the next member or element.
    mutating func separate() {
        switch bytes[bytes.count - 1] {
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: ":"): break
        default: bytes.append(UInt8(ascii: ","))
        }
    }
}
