import Testing

@testable import SJournal

@Suite("The table of keys")
struct KeyTableTests {
    @Test("every act has keys, and no keys mean two things")
    func table() {
        #expect(Set(KeyBinding.all.map(\.act)) == Set(DebuggerAct.allCases))
        #expect(KeyBinding.all.count == DebuggerAct.allCases.count)
        let keys = KeyBinding.all.flatMap(\.keys)
        #expect(Set(keys).count == keys.count)
        for long in keys {
            for short in keys where short != long {
                #expect(!long.starts(with: short), "\(long) begins as \(short) does")
            }
        }
        for binding in KeyBinding.all {
            #expect(!binding.keys.isEmpty)
            for keys in binding.keys { #expect(KeyBinding.match(keys) == .act(binding.act)) }
        }
        #expect(KeyBinding.match([.character("z")]) == .prefix)
        #expect(KeyBinding.match([.character("x")]) == .none)
    }

    @Test("help and hints fit, and name every key")
    func help() {
        for columns in [40, 72, 112] {
            let lines = KeyBinding.help(columns: columns)
            for line in lines { #expect(line.width <= columns) }
        }
        let help = KeyBinding.help(columns: 200).map { $0.rendered(isColoured: false) }
        #expect(help.count == KeyBinding.all.count)
        for (line, binding) in zip(help, KeyBinding.all) {
            #expect(line.hasPrefix(binding.names))
            #expect(line.hasSuffix(binding.meaning))
        }
        #expect(KeyBinding.hints.width <= 78)
        #expect(
            KeyBinding.markdown.contains(
                "| `Space`, `za` | fold or unfold the subtree or section |"))
    }
}
