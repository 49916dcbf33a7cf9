/// What ends a run: a system that failed, or one whose answers are wrong.
struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
