import JournalTestKit
import SessionJournal
import Testing

struct MetadataFieldTests {
    private func field(_ name: String) throws -> MetadataField {
        try #require(MetadataSchema.builtIn[name])
    }

    @Test func theTableIsTheSchema() {
        let values = MetadataSchema.builtIn.initialValues(
            given: ["tags": ["x"], "own": 1, "own2": nil],
            at: Timestamp("2026-01-01T00:00:00Z")!)
        #expect(
            values.description
                == #"{"name":"","status":"active","is_starred":false,"tags":["x"],"#
                + #""description":"","category":"general","language":"python","#
                + #""last_modified":"2026-01-01T00:00:00.000000Z","modified_by":null,"#
                + #""model":null,"context_window":null,"max_tokens":null,"title":null,"#
                + #""type":null,"pinned":false,"agent":null,"priority":null,"owner":null,"#
                + #""ttl":null,"own":1,"own2":null}"#)
        #expect(
            MetadataField.builtIn.filter { $0.scope == .branch }.map(\.name)
                == ["model", "context_window", "max_tokens"])
        #expect(MetadataField.builtIn.filter(\.isRequired).map(\.name) == ["name", "status"])
        #expect(
            MetadataField.builtIn.filter(\.isDerived).map(\.name)
                == ["turn_count", "last_modified", "modified_by", "archived"])
        #expect(MetadataField.scope(of: "anything") == .session)
    }

    /// Every field takes what it begins with, and says what it is.
    @Test(arguments: MetadataField.builtIn)
    func theDefaultsSuit(_ field: MetadataField) {
        #expect(field.problem(with: field.initialValue) == nil)
        #expect(field.meaning.hasSuffix("."))
        #expect(
            field.problem(with: .null)
                == (field.isRequired ? "is required" : field.isNullable ? nil : "may not be null"))
    }

    @Test(
        arguments: [
            ("is_starred", 1), ("is_starred", "true"), ("is_starred", nil), ("name", 5),
            ("name", nil),
            ("status", "gone"), ("status", nil), ("max_tokens", true), ("max_tokens", 1.0),
            ("max_tokens", -1), ("context_window", "8k"), ("tags", "a"), ("tags", ["a", 1]),
            ("tags", nil), ("type", "channel"), ("ttl", 0.5), ("ttl", -5), ("priority", 1.5),
            ("priority", false), ("priority", []), ("last_modified", "yesterday"),
            ("turn_count", -1),
            ("turn_count", false), ("model", ["m"]), ("pinned", "yes"),
        ] as [(String, JSONValue)])
    func refuses(_ name: String, _ value: JSONValue) throws {
        let field = try field(name)
        #expect(field.problem(with: value) != nil)
    }

    @Test(
        arguments: [
            ("is_starred", true), ("name", ""), ("status", "deleted"), ("max_tokens", 0),
            ("max_tokens", nil), ("context_window", 200_000), ("tags", []), ("tags", ["a", "ä b"]),
            ("type", "group"), ("type", nil), ("priority", 3), ("priority", "high"),
            ("last_modified", "2026-01-01T00:00:00+02:00"), ("ttl", 3600), ("modified_by", nil),
        ] as [(String, JSONValue)])
    func takes(_ name: String, _ value: JSONValue) throws {
        #expect(try field(name).problem(with: value) == nil)
    }

    @Test func constraintsAreLimits() {
        var constraints = MetadataField.Constraints(minimum: -2, maximum: .max)
        var field = MetadataField("n", type: .integer, constraints: constraints)
        #expect(field.problem(with: .integer(.max)) == nil)
        #expect(field.problem(with: -2) == nil)
        #expect(field.problem(with: -3) == "must be at least -2, not -3")
        constraints = .init(maximum: .max - 1)
        field = MetadataField("n", type: .integer, constraints: constraints)
        // As doubles these two are the same.
        #expect(field.problem(with: .integer(.max)) != nil)
        #expect(field.problem(with: .integer(.max - 1)) == nil)
        field = MetadataField(
            "x", type: .number, constraints: .init(minimum: 0, maximum: 2))
        #expect(field.problem(with: 2.0) == nil)
        #expect(field.problem(with: 2.000001) != nil)
        #expect(field.problem(with: .number("1e999")) != nil)
        #expect(field.problem(with: .number("-0.1")) != nil)
        field = MetadataField("s", type: .string, constraints: .init(maximumLength: 2))
        #expect(field.problem(with: "äö") == nil)
        #expect(field.problem(with: "äöü") == "must have at most 2 characters, not 3")
        field = MetadataField(
            "c", type: .set, constraints: .init(maximumLength: 3, allowed: ["red", "blue"]))
        #expect(field.problem(with: ["red"]) == nil)
        #expect(field.problem(with: ["red", "tan"]) != nil)
        #expect(field.problem(with: ["blue"]) != nil)
    }

    @Test func anErrorIsShortWhateverTheValue() throws {
        let huge = JSONValue.string(String(repeating: "\u{1B}é", count: 1_000_000))
        let problem = try #require(try field("is_starred").problem(with: huge))
        #expect(problem.count < 200)
        let deep = (0..<100).reduce(JSONValue.null) { inner, _ in
            .array([inner, inner.isNull ? 1 : 2])
        }
        #expect(try #require(try field("name").problem(with: deep)).count < 200)
    }

    @Test(arguments: [
        (MetadataField("", type: .any), "empty"),
        (MetadataField("a\u{7}b", type: .any), "control character"),
        (MetadataField(String(repeating: "a", count: 256), type: .any), "255 bytes"),
        (MetadataField("name", type: .string), "built in"),
        (MetadataField("a", type: .string, constraints: .init(minimum: 1)), "only a number"),
        (
            MetadataField("a", type: .integer, constraints: .init(minimum: 2, maximum: 1)),
            "above the maximum"
        ),
        (MetadataField("a", type: .integer, initialValue: "x"), "the default must be"),
        (
            MetadataField("a", type: .integer, constraints: .init(allowed: [1, true])),
            "the allowed value true"
        ),
        (MetadataField("a", type: .integer, constraints: .init(allowed: [])), "no value"),
        (MetadataField("a", type: .string, constraints: .init(maximumLength: -1)), "length"),
        (
            MetadataField(
                "a", type: .string, initialValue: "c", constraints: .init(allowed: ["b"])),
            "the default must be one of"
        ),
    ])
    func declarationsThatMakeNoSenseAreRefused(_ field: MetadataField, _ words: String) async {
        let error = await #expect(throws: JournalError.self) {
            try await Journal.inMemory().as("user:ada").declareField(field)
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }
}
