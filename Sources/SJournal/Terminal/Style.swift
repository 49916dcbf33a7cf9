/// What a piece of text is, not how it looks: the look is decided where it is printed.
enum Style: Sendable, Hashable {
    case plain
    case title
    case quiet
    case good
    case bad
    case warning
    case name
    case user
    case assistant
    case tool

    /// The parameters of the escape sequence that switches the style on; nil for plain.
    var selectGraphicRendition: String? {
        switch self {
        case .plain: nil
        case .title: "1"
        case .quiet: "2"
        case .good: "32"
        case .bad: "1;31"
        case .warning: "33"
        case .name: "36"
        case .user: "1;34"
        case .assistant: "1;32"
        case .tool: "35"
        }
    }
}
