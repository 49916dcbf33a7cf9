import FoundationEssentials
import SessionJournal

extension OptionSpec {
    /// Of commands that say what tokens cost.
    static let prices = OptionSpec(
        name: "--prices", value: "FILE",
        help: "What models cost, in the form that sjournal usage --print-prices shows.")
}

/// What models cost, as a command line says it.
enum PriceArgument {
    /// The table of the file that `--prices` names; else the one that is built in.
    static func parse(_ arguments: ParsedArguments) throws -> PriceTable {
        guard let path = arguments.value(OptionSpec.prices.name) else { return .builtIn }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure(
                .negative, "\(path) cannot be read; sjournal usage --print-prices shows the form")
        }
        return try PriceTable(parsing: [UInt8](data).span)
    }
}
