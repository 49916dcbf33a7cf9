/// What a batch must keep besides what a draft must: whole sizes, and names that no draft holds.
package enum EventRules {
    /// The bytes of an event line that are no text of its draft, at most: keys, numbers, times,
    /// session, salt, quotes and braces.
    private static let fixedSize = 512

    /// Names are for people to read and for programs to compare: not empty, not long, and without
    /// control characters, which a terminal would obey.
    package static func check(name: String, what: String) throws(JournalError) {
        guard !name.isEmpty else { throw JournalError.invalidEvent("\(what) is empty") }
        guard name.utf8.count <= EventLimits.maximumNameSize else {
            throw JournalError.tooLarge(
                what, size: name.utf8.count, limit: EventLimits.maximumNameSize,
                advice: "Use a shorter name.")
        }
        // General category Cc: U+0000 to U+001F and U+007F to U+009F, and nothing else.
        for scalar in name.unicodeScalars
        where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) {
            let code = String(scalar.value, radix: 16, uppercase: true)
            throw JournalError.invalidEvent("\(what) holds the control character U+\(code)")
        }
    }

    /// Every name of a draft, for the control characters above ASCII, which the draft's own check
    /// lets pass.
    package static func checkNames(of draft: EventDraft) throws(JournalError) {
        if let name = draft.branch { try check(name: name, what: "the branch") }
        if let name = draft.onBehalf { try check(name: name, what: "“onbehalf”") }
        if let name = draft.origin { try check(name: name, what: "the origin") }
        if let name = draft.trace { try check(name: name, what: "the trace") }
        if let name = draft.id { try check(name: name, what: "the id") }
    }

    /// A size in bytes that the draft's line will not exceed; throws where that is above the limit.
    package static func lineSize(
        of draft: EventDraft, actor: String
    ) throws(JournalError) -> Int {
        // An escaped byte of a name takes two at most, since names hold no control characters; one
        // of a reason takes six.
        var names = actor.utf8.count + EventLimits.maximumKindSize
        for name in [draft.branch, draft.onBehalf, draft.origin, draft.trace, draft.id] {
            names += name?.utf8.count ?? 0
        }
        let envelope = fixedSize + 2 * names + 6 * (draft.reason?.utf8.count ?? 0)
        let size = envelope + draft.data.bytes.count
        guard size <= EventLimits.maximumLineSize else {
            throw JournalError.tooLarge(
                "the event", size: size, limit: EventLimits.maximumLineSize,
                advice: "Store what is large in parts, as blob.stored events.")
        }
        return size
    }

    /// The key in the data of a `session.created` event.
    package static func key(ofCreation data: JSONValue) throws(JournalError) -> String? {
        guard let key = data["key"], key != .null else { return nil }
        guard let text = key.string else {
            throw JournalError.invalidEvent("the session's key is not a string")
        }
        try check(name: text, what: "the session's key")
        return text
    }
}
