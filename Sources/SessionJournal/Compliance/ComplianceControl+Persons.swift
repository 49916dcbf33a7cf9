extension ComplianceControl {
    static let gdpr: [ComplianceControl] = [
        .init(
            "Article 15, 20", "A person gets what is held about them, also to take along.",
            ["on-behalf"], facts: [.actors, .periods],
            outside: "That somebody asked and was answered: the journal records neither. What it "
                + "holds of whom is counted here; sjournal disclose hands it over."),
        .init(
            "Article 17(1)", "What is held about a person is erased when they may ask for it.",
            ["erasures-asked", "erasures-done", "redactions", "keys", "withheld"],
            facts: [.erasures],
            outside: "Copies outside of the journal and of the backups that certificates name."),
        .init(
            "Article 17(3)", "Unless it has to be kept, for legal claims for instance.",
            ["holds-placed", "holds-lifted"], facts: [.holds],
            outside: "Whether the ground was right."),
        .init(
            "Article 30", "A record of what is processed, for what, whose, and who gets it.",
            ["configuration", "imports", "sessions-begun", "models"],
            facts: [.actors, .models],
            outside: "Purposes, categories of persons, recipients, transfers, contacts."),
        .init(
            "Article 5(1)(e)", "It is kept no longer than needed.",
            ["sessions-ended", "erasures-done", "compactions"], facts: [.span],
            outside: "For how long it is needed."),
        .init(
            "Article 5(2), 32", "It is kept secure, and that can be shown.",
            ["roles", "denials", "two-person", "verifications", "checkpoints"],
            facts: [.access, .verification, .signature],
            outside: "Everything around the journal: computers, networks, people."),
        .init(
            "Article 6, 13, 28, 35",
            "A legal basis, notices, contracts with processors, assessments of impact.",
            outside: "All of these."),
    ]

    static let aiAct: [ComplianceControl] = [
        .init(
            "Article 12(1)", "Events are recorded automatically over the lifetime of the system.",
            ["events"], facts: [.order, .span],
            outside: "What the application did not hand to the journal."),
        .init(
            "Article 12(2)(a)",
            "What may be a risk, or a substantial modification, can be told from the record.",
            ["errors", "approvals-denied", "configuration", "denials"], facts: [.models],
            outside: "Whether it was a risk, or a substantial modification."),
        .init(
            "Article 12(2)(b), (c)", "The system can be monitored as it is used.",
            ["messages", "models", "tools", "errors", "notes"], facts: [.models]),
        .init(
            "Article 12(3)(a)", "The period of each use: its beginning and its end.",
            ["sessions-begun", "sessions-ended"], facts: [.periods]),
        .init(
            "Article 12(3)(b), (c)", "The reference database, and the input that matched.",
            outside: "Both, of remote biometric identification; the journal knows messages."),
        .init(
            "Article 12(3)(d), 14(5)", "The persons who verified the results.",
            ["approvals-asked", "approvals-decided", "texts", "on-behalf"], facts: [.actors],
            outside: "What people verified without saying so."),
        .init(
            "Article 19, 26(6)", "Logs are kept for six months at least.",
            ["erasures-done", "compactions", "repairs"], facts: [.span, .erasures],
            outside:
                "Longer periods that other law asks for. The Act does not ask that a log shows "
                + "tampering; this one does."),
        .init(
            "Article 9 to 15, 17, 43",
            "Management of risks and quality, data governance, documentation, oversight, assessment.",
            outside: "All of these."),
    ]

    static let soc2: [ComplianceControl] = [
        .init(
            "CC6.1 to CC6.3", "Logical access is granted, changed and taken back by rules.",
            ["roles", "policies", "denials", "two-person"], facts: [.access],
            outside: "Access to the computer and its files."),
        .init(
            "CC6.6 to CC6.8", "The system is guarded against those outside and against malware.",
            outside: "Networks, computers."),
        .init(
            "CC7.2 to CC7.4", "Anomalies are noticed, judged and answered.",
            ["verifications", "verifications-failed", "errors", "denials", "repairs"],
            facts: [.verification], outside: "How incidents were handled."),
        .init(
            "CC8.1", "Changes are authorised, recorded and traceable.",
            ["configuration", "metadata", "keys", "reasons"], facts: [.changes, .actors],
            outside: "Changes of programs."),
        .init(
            "A1.2", "There are backups, and they come back.", facts: [.erasures],
            outside: "Backups: the journal records none."),
        .init(
            "C1.1, C1.2", "What is confidential is known, and disposed of.",
            ["erasures-asked", "erasures-done", "keys", "holds-placed", "holds-lifted"],
            facts: [.erasures, .holds], outside: "What is confidential."),
        .init(
            "PI1.1 to PI1.5", "What is processed is complete, valid, accurate and in time.",
            ["events", "imports", "errors", "clock", "repairs"],
            facts: [.order, .signature, .verification]),
        .init(
            "P4.2, P4.3", "Personal information is retained and disposed of as was said.",
            ["sessions-ended", "erasures-done", "redactions"], facts: [.span, .erasures],
            outside: "What was said."),
        .init(
            "CC1 to CC5, CC9", "Control environment, communication, risks, vendors.",
            outside: "All of these."),
    ]
}
