package import SessionJournal

extension SeededGenerator {
    /// A random JSON value, nested at most `depth` deep.
    package mutating func json(depth: Int = 5) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &self) {
        case 0: return .null
        case 1: return .bool(.random(using: &self))
        case 2: return .integer(.random(in: -1_000_000...1_000_000, using: &self))
        case 3: return JSONValue(Double.random(in: -1e6...1e6, using: &self))
        case 4, 5: return .string(text())
        case 6:
            return .array(
                (0..<Int.random(in: 0...5, using: &self)).map { _ in
                    json(depth: depth - 1)
                })
        default: return .object(jsonObject(depth: depth - 1))
        }
    }

    /// A random JSON object with distinct names.
    package mutating func jsonObject(depth: Int = 4) -> JSONObject {
        var object = JSONObject()
        for _ in 0..<Int.random(in: 0...5, using: &self) {
            object[text()] = json(depth: depth)
        }
        return object
    }

    /// A random text: plain, with what JSON escapes, and from all of Unicode.
    package mutating func text() -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...20, using: &self) {
            switch Int.random(in: 0..<10, using: &self) {
            case 0: text.append(["\"", "\\", "\n", "\t", "\r", "/"].randomElement(using: &self)!)
            case 1: text.append(Unicode.Scalar(UInt8.random(in: 0..<0x20, using: &self)))
            case 2:
                let value = UInt32.random(in: 0x80...0x10FFFF, using: &self)
                text.append(Unicode.Scalar(value) ?? "\u{FFFD}")
            default: text.append(Unicode.Scalar(UInt8.random(in: 0x20..<0x7F, using: &self)))
            }
        }
        return String(text)
    }

    /// JSON text of a value with random white space, random escapes of what need not be escaped,
    /// and the members of objects as they stand.
    package mutating func spelling(of value: JSONValue) -> [UInt8] {
        var bytes: [UInt8] = []
        spell(value, into: &bytes)
        return bytes
    }

    private mutating func spell(_ value: JSONValue, into bytes: inout [UInt8]) {
        space(&bytes)
        switch value {
        case .string(let string): spell(string, into: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (position, element) in elements.enumerated() {
                if position > 0 { bytes.append(UInt8(ascii: ",")) }
                spell(element, into: &bytes)
            }
            if elements.isEmpty { space(&bytes) }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            for (position, member) in object.members.enumerated() {
                if position > 0 { bytes.append(UInt8(ascii: ",")) }
                space(&bytes)
                spell(member.name, into: &bytes)
                space(&bytes)
                bytes.append(UInt8(ascii: ":"))
                spell(member.value, into: &bytes)
            }
            if object.isEmpty { space(&bytes) }
            bytes.append(UInt8(ascii: "}"))
        default: value.write(to: &bytes)
        }
        space(&bytes)
    }

    private mutating func spell(_ string: String, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for scalar in string.unicodeScalars {
            let mustEscape = scalar == "\"" || scalar == "\\" || scalar.value < 0x20
            if mustEscape || Int.random(in: 0..<8, using: &self) == 0 {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16, uppercase: .random(using: &self))
                    bytes.append(
                        contentsOf: ("\\u" + String(repeating: "0", count: 4 - digits.count)
                            + digits).utf8)
                }
            } else {
                bytes.append(contentsOf: scalar.utf8)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func space(_ bytes: inout [UInt8]) {
        while Int.random(in: 0..<4, using: &self) == 0 {
            bytes.append([0x20, 0x09, 0x0A, 0x0D].randomElement(using: &self)!)
        }
    }
}
