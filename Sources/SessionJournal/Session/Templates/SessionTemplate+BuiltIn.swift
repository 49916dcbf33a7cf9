extension SessionTemplate {
    /// The templates that ship with the library, each of version 1. A journal may declare further
    /// versions of them.
    public static let builtIn: [SessionTemplate] = [customerSupport, codeAssistant]
        .compactMap { SessionTemplate(declared: $0) }

    private static let provider: JSONValue = [
        "name": "provider", "type": "string", "meaning": "Who runs the model.",
    ]
    private static let model: JSONValue = [
        "name": "model", "type": "string", "meaning": "The model that answers.",
    ]

    private static func function(
        _ name: String, _ meaning: String, _ parameter: String
    ) -> JSONValue {
        [
            "name": .string(name), "description": .string(meaning),
            "parameters": [
                "type": "object", "properties": .object([parameter: ["type": "string"]]),
                "required": [.string(parameter)],
            ],
        ]
    }

    private static let customerSupport: JSONValue = [
        "name": "customer_support", "version": 1,
        "description": "Answers a company's customers, and hands over to a person.",
        "parameters": [
            [
                "name": "company", "type": "string", "required": true,
                "meaning": "Whose customers they are.",
            ],
            [
                "name": "tone", "type": "string", "default": "friendly and brief",
                "meaning": "How to speak.",
            ],
            [
                "name": "priority", "type": "string", "default": "normal",
                "meaning": "How urgent the session is.",
            ],
            provider, model,
        ],
        "provider": "{{provider}}", "model": "{{model}}",
        "system_prompt": """
        You answer the customers of {{company}}. Be {{tone}}. Say what you know and from where; \
        where you do not know, say so and hand over to a person. Never promise a refund.
        """,
        "middleware": ["personal_data_filter", "moderation"],
        "functions": [
            function("look_up_order", "Finds an order by its number.", "number"),
            function("hand_over", "Hands the session over to a person.", "why"),
        ],
        "max_messages": 200,
        "metadata": ["category": "support", "tags": ["support"], "priority": "{{priority}}"],
        "limits": ["max_bytes": 4_194_304, "action": "mark"],
    ]

    private static let codeAssistant: JSONValue = [
        "name": "code_assistant", "version": 1,
        "description": "Reads, explains and changes code, and runs the tests.",
        "parameters": [
            [
                "name": "language", "type": "string", "default": "python",
                "meaning": "The language that is worked in.",
            ],
            [
                "name": "repository", "type": "string", "default": "",
                "meaning": "Where the code is.",
            ],
            [
                "name": "max_tokens", "type": "integer", "minimum": 1, "default": 4_096,
                "meaning": "How many tokens an answer may have.",
            ],
            provider, model,
        ],
        "provider": "{{provider}}", "model": "{{model}}",
        "system_prompt": """
        You work on code in {{language}}. Read before you change, change little at a time, and \
        run the tests after each change. Say what you did not check.
        """,
        "middleware": ["secrets_filter"],
        "functions": [
            function("read_file", "Reads a file.", "path"),
            function("run_tests", "Runs the tests below a folder.", "path"),
        ],
        "max_messages": 2_000,
        "metadata": [
            "category": "code", "language": "{{language}}", "tags": ["code"],
            "max_tokens": "{{max_tokens}}", "repository": "{{repository}}",
        ],
        "limits": ["max_bytes": 67_108_864, "action": "mark"],
    ]
}
