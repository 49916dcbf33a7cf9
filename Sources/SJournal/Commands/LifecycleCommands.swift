import SessionJournal

/// `sjournal archive`: puts sessions away.
enum ArchiveCommand: SessionActCommand {
    static let spec = SessionActs.spec(
        "archive", "Put sessions away: status archived.",
        examples: [
            .init(command: "sjournal archive chat-1 chat-2", meaning: "Two of them."),
            .init(
                command: "sjournal archive --query 'status:active active<2026-01-01' --dry-run",
                meaning: "Which would be, of those that nobody used this year."),
        ])
    static let done: Shown = "archived"
    static func act(_ arguments: ParsedArguments) -> SessionAct { .archive }
}

/// `sjournal unarchive`: takes sessions out again.
enum UnarchiveCommand: SessionActCommand {
    static let spec = SessionActs.spec(
        "unarchive", "Take sessions out again: status active.",
        examples: [.init(command: "sjournal unarchive chat-1", meaning: "It is in use again.")])
    static let done: Shown = "active again"
    static func act(_ arguments: ParsedArguments) -> SessionAct { .unarchive }
}

/// `sjournal delete`: deletes sessions.
enum DeleteCommand: SessionActCommand {
    static let spec = SessionActs.spec(
        "delete", "Delete sessions: status deleted. Nothing is erased.",
        details: ["Every event stays where it is, and sjournal undelete brings the session back."],
        examples: [.init(command: "sjournal delete chat-1", meaning: "All of it is still there.")])
    static let done: Shown = "deleted"
    static func act(_ arguments: ParsedArguments) -> SessionAct { .delete }
}

/// `sjournal undelete`: brings deleted sessions back.
enum UndeleteCommand: SessionActCommand {
    static let spec = SessionActs.spec(
        "undelete", "Bring deleted sessions back as they were before.",
        examples: [
            .init(command: "sjournal undelete chat-1", meaning: "Active or archived, as it was.")
        ])
    static let done: Shown = "back"
    static func act(_ arguments: ParsedArguments) -> SessionAct { .undelete }
}

/// `sjournal resume`: opens sessions again.
enum ResumeCommand: SessionActCommand {
    static let spec = SessionActs.spec(
        "resume", "Open sessions again that had ended or were put away.",
        examples: [.init(command: "sjournal resume chat-1", meaning: "It goes on.")])
    static let done: Shown = "open"
    static func act(_ arguments: ParsedArguments) -> SessionAct { .resume }
}

/// `sjournal terminate`: ends sessions.
enum TerminateCommand: SessionActCommand {
    static let spec = SessionActs.spec(
        "terminate", "End sessions, with nothing under way or by force.",
        options: [
            OptionSpec(
                name: "--force",
                help: "Also where tool calls, model calls, approvals or messages are under way.")
        ],
        details: [
            """
            Where something is under way that is refused with status 1. By force the event names \
            what was left open.
            """
        ],
        examples: [
            .init(command: "sjournal terminate chat-1 --force --reason stuck", meaning: "At once.")
        ])
    static let done: Shown = "terminated"

    static func act(_ arguments: ParsedArguments) -> SessionAct {
        .terminate(force: arguments.has("--force"))
    }
}
