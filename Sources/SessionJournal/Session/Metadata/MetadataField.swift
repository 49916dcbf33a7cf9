/// A field of a session's metadata: what its values are, what it begins with, and whom they belong
/// to. The built-in ones are listed once, in ``builtIn``; others are declared by
/// ``JournalWriter/declareField(_:reason:durability:)``.
public struct MetadataField: Hashable, Sendable {
    /// Whom a field's values belong to.
    public enum Scope: String, Hashable, Sendable, CaseIterable {
        /// The session has one value.
        case session
        /// Each branch has its own; a new branch begins with those of the branch it came from.
        case branch
    }

    /// What the values of a field are.
    public enum ValueType: String, Hashable, Sendable, CaseIterable {
        /// A text.
        case string
        /// A number that fits 64 bits and is written without fraction and exponent. A boolean is
        /// none.
        case integer
        /// A number of any kind.
        case number
        /// True or false, and neither 0 nor 1.
        case boolean
        /// A list of texts that is a set: order means nothing, and each stands once.
        case set
        /// A moment, as a text by RFC 3339.
        case time
        /// An integer or a text.
        case level
        /// Any JSON.
        case any
    }

    /// What a value must keep to besides its type.
    public struct Constraints: Hashable, Sendable {
        /// The smallest number.
        public var minimum: Int64?
        /// The largest number.
        public var maximum: Int64?
        /// How many Unicode scalars a text may have, and each text of a set.
        public var maximumLength: Int?
        /// The values that there are; nil for any. Of a set, its members.
        public var allowed: [JSONValue]?

        /// Constraints; none where nothing is given.
        public init(
            minimum: Int64? = nil, maximum: Int64? = nil, maximumLength: Int? = nil,
            allowed: [JSONValue]? = nil
        ) {
            self.minimum = minimum
            self.maximum = maximum
            self.maximumLength = maximumLength
            self.allowed = allowed
        }
    }

    /// The field's name.
    public let name: String

    /// What its values are.
    public let type: ValueType

    /// The value that a session begins with; null where it begins with none.
    public let initialValue: JSONValue

    /// Whether null is a value like any other.
    public let isNullable: Bool

    /// Whether every session has a value: null and none are refused.
    public let isRequired: Bool

    /// Whom its values belong to.
    public let scope: Scope

    /// Whether its value follows from the events, so that what is stored is not believed.
    public let isDerived: Bool

    /// What its values must keep to besides their type.
    public let constraints: Constraints

    /// What it says, in one line.
    public let meaning: String

    /// The version of ``builtIn`` that it came with.
    public let since: Int64

    /// A field of one's own, for ``JournalWriter/declareField(_:reason:durability:)``.
    ///
    /// - Parameters:
    ///   - name: A name that is not built in.
    ///   - type: What its values are.
    ///   - initialValue: What sessions have that were given no value; null for nothing.
    ///   - isNullable: Whether null is a value.
    ///   - isRequired: Whether every session must have a value.
    ///   - scope: Whom its values belong to.
    ///   - constraints: What a value must keep to besides its type.
    ///   - meaning: What it says.
    public init(
        _ name: String, type: ValueType, initialValue: JSONValue = .null, isNullable: Bool = false,
        isRequired: Bool = false, scope: Scope = .session,
        constraints: Constraints = Constraints(), meaning: String = ""
    ) {
        self.init(
            name, type, initialValue, isNullable: isNullable, isRequired: isRequired, scope: scope,
            isDerived: false, constraints: constraints, since: MetadataField.schemaVersion, meaning)
    }

    init(
        _ name: String, _ type: ValueType, _ initialValue: JSONValue, isNullable: Bool = false,
        isRequired: Bool = false, scope: Scope = .session, isDerived: Bool = false,
        constraints: Constraints = Constraints(), since: Int64 = 1, _ meaning: String
    ) {
        self.name = name
        self.type = type
        self.initialValue = initialValue
        self.isNullable = isNullable
        self.isRequired = isRequired
        self.scope = scope
        self.isDerived = isDerived
        self.constraints = constraints
        self.meaning = meaning
        self.since = since
    }

    /// Whether a session that was given no value shows the field all the same.
    var isShownUnset: Bool { isNullable || isRequired || !initialValue.isNull }
}
