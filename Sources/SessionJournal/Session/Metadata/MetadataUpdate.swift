/// A change of metadata, as a caller wants it.
///
/// ```swift
/// var update: MetadataUpdate = ["name": "Green tea"]
/// update.add(["brewing"], to: "tags")
/// try await ada.change(update, in: session, reason: "sorted")
/// ```
public struct MetadataUpdate: Sendable, Hashable {
    /// The fields that take a value, and the values.
    public var set: JSONObject

    /// What fields get that are sets, by the field's name: lists of texts.
    public private(set) var added: JSONObject = [:]

    /// What fields lose that are sets.
    public private(set) var removed: JSONObject = [:]

    /// A change that sets fields.
    public init(set: JSONObject = [:]) { self.set = set }

    /// Adds elements to a field that is a set, such as `tags`. Whatever others do to the set
    /// meanwhile stays.
    public mutating func add(_ elements: [String], to field: String) {
        let all = (added[field]?.array ?? []) + elements.map { .string($0) }
        added[field] = JSONValue.array(all).asSet
    }

    /// Removes elements from a field that is a set.
    public mutating func remove(_ elements: [String], from field: String) {
        let all = (removed[field]?.array ?? []) + elements.map { .string($0) }
        removed[field] = JSONValue.array(all).asSet
    }
}

extension MetadataUpdate: ExpressibleByDictionaryLiteral {
    /// Sets fields.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(set: JSONObject(elements))
    }
}
