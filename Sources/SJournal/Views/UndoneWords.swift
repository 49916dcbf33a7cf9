/// Why something happened, in a column: what it undoes, and the reason that was given.
enum UndoneWords {
    static func why(_ undoes: UInt64?, _ reason: String?) -> String? {
        guard let undoes else { return reason }
        return "undoes event \(undoes)" + (reason.map { ": \($0)" } ?? "")
    }
}
