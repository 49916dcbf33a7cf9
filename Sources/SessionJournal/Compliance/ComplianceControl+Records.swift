extension ComplianceControl {
    static let cfr11: [ComplianceControl] = [
        .init(
            "11.10(e)",
            "A secure, computer-generated, time-stamped trail of what operators enter or do that "
                + "creates, modifies or deletes records.",
            ["created", "changed", "removed", "on-behalf"], facts: [.order, .actors]),
        .init(
            "11.10(e)", "A change does not obscure what was recorded before.",
            ["metadata", "texts", "erasures-done", "withheld"], facts: [.changes, .erasures]),
        .init(
            "11.10(e)",
            "The trail is kept as long as the record, and can be reviewed and copied.",
            ["events", "repairs", "compactions"], facts: [.span],
            outside: "For how long the record has to be kept, and who reviews it."),
        .init(
            "11.10(a)", "Records that are invalid or altered can be told.",
            ["verifications", "verifications-failed", "repairs", "checkpoints"],
            facts: [.verification, .signature],
            outside: "The validation of the system as it is used."),
        .init(
            "11.10(d), (g)",
            "Only those may use the system who are authorised to, and authority is checked.",
            ["roles", "policies", "denials", "two-person"], facts: [.access],
            outside: "Who has the files and the computer; how somebody proves who they are."),
        .init(
            "11.50, 11.70", "A signature says who, when and what for, and is bound to its record.",
            ["approvals-decided", "reasons"],
            outside: "Whether a recorded decision is a signature in the sense of the rule."),
        .init("11.10(f)", "The steps of a process are enforced.", outside: "The process."),
        .init(
            "11.10(i), (j), (k)",
            "People are trained, answer for what they do, and documents are controlled.",
            outside: "Training, written policies, control of documents."),
        .init(
            "11.100 to 11.300", "Who signs was identified; passwords and tokens are looked after.",
            outside: "Identification, passwords, tokens."),
    ]

    static let sec17a4: [ComplianceControl] = [
        .init(
            "17a-4(f)(2)(i)(A)(1)",
            "A complete time-stamped trail of all modifications to and deletions of a record.",
            ["changed", "removed", "metadata", "texts", "erasures-done", "redactions"],
            facts: [.changes, .erasures]),
        .init(
            "17a-4(f)(2)(i)(A)(2)", "Date and time of what creates, modifies or deletes a record.",
            ["created", "changed", "removed", "clock"], facts: [.order],
            outside: "Whether the computer's clock was right."),
        .init(
            "17a-4(f)(2)(i)(A)(3)", "Who created, modified or deleted it, where that applies.",
            ["on-behalf"], facts: [.actors],
            outside: "How somebody proved who they are."),
        .init(
            "17a-4(f)(2)(i)(A)(4)",
            "Whatever else it takes to create the original and interim versions again.",
            ["events", "withheld", "reasons"], facts: [.order, .signature]),
        .init(
            "17a-4(f)(2)(ii)",
            "The completeness and accuracy of what is stored is verified automatically.",
            ["verifications", "verifications-failed", "repairs"],
            facts: [.verification, .signature]),
        .init(
            "17a-4(f)(2)(iv)",
            "Records and trail can be downloaded, readable by people and usable by programs.",
            ["events"],
            outside: "That they are handed over when asked for. This pack and sjournal export are "
                + "the means."),
        .init(
            "17a-4(f)(2)(v)", "A backup, or redundancy, stands in where the system does not.",
            facts: [.erasures],
            outside: "Backups: the journal records none. What certificates of erasure say of "
                + "backups is that they were looked into then."),
        .init(
            "17a-4(f)(3)",
            "Those responsible are named; undertakings are filed; indexes and access for examiners.",
            ["trail-reads"], outside: "Undertakings, notices, designated persons."),
    ]

    static let hipaa: [ComplianceControl] = [
        .init(
            "164.312(b)", "Activity in systems with protected health information is recorded.",
            ["events", "created", "changed", "removed", "denials"], facts: [.order, .actors],
            outside: "Whether sessions were read: the journal records readings of the audit trail, "
                + "where its policy asks for that, and no others."),
        .init(
            "164.312(b)", "Recorded activity is examined.",
            ["trail-reads", "verifications", "notes"], facts: [.verification],
            outside: "What came of an examination, unless somebody noted it."),
        .init(
            "164.312(c)(1)", "Information is protected from improper alteration or destruction.",
            ["verifications", "verifications-failed", "checkpoints", "repairs", "erasures-done"],
            facts: [.signature, .verification, .erasures]),
        .init(
            "164.312(a)(1)", "Only those get access who were granted it.",
            ["roles", "policies", "denials"], facts: [.access],
            outside:
                "Unique accounts of the computer, emergency access, logging off, encryption of "
                + "the disk."),
        .init(
            "164.316(b)(2)", "Documentation is kept for six years.",
            ["erasures-done", "compactions"],
            facts: [.span], outside: "Documentation other than this journal."),
        .init(
            "164.312(d)", "Who seeks access is who they claim to be.",
            outside: "Authentication of persons."),
        .init(
            "164.308, 164.310",
            "Risks are analysed, the workforce is trained, rooms and devices are guarded.",
            outside: "Administrative and physical safeguards."),
    ]
}
