import Glibc
import SessionJournal

/// The debugger on a terminal: keys and answers come in, screens and needs go out.
///
/// It runs on the caller's own executor; reading and folding are tasks beside it, so that a key is
/// never kept waiting by them.
struct DebuggerLoop {
    private enum Input: Sendable {
        case terminal(TerminalDevice.Input)
        case answer(DebuggerNeed?, DebuggerAnswer)
        case followed(any Error)
    }

    /// How the debugger came to its end.
    enum End: Equatable {
        case quit
        /// A signal asks the process to end; once the terminal is put back it is to have its way.
        case signal(Int32)
        /// The terminal is gone.
        case gone
    }

    private var state: DebuggerState
    private var acts: DebuggerActs
    private let device: TerminalDevice
    private var writer: ScreenWriter
    private let inputs: AsyncStream<Input>
    private let post: AsyncStream<Input>.Continuation
    private var lanes: [DebuggerNeed.Lane: (need: DebuggerNeed, task: Task<Void, Never>)] = [:]
    private var act: Task<Void, Never>?
    private var following: Task<Void, Never>?

    init(
        state: DebuggerState, acts: DebuggerActs, device: TerminalDevice, isColoured: Bool
    ) {
        self.state = state
        self.acts = acts
        self.device = device
        writer = ScreenWriter(isColoured: isColoured)
        (inputs, post) = AsyncStream.makeStream()
    }

    /// Runs until somebody quits, or something ends it.
    mutating func run() async throws -> End {
        defer { stop() }
        device.listen { [post] input in post.yield(.terminal(input)) }
        if state.isFollowing { follow(true) }
        askForWhatIsNeeded()
        try draw()
        for await input in inputs {
            if let end = try take(input) { return end }
            askForWhatIsNeeded()
            try draw()
        }
        return .quit
    }

    private mutating func stop() {
        act?.cancel()
        following?.cancel()
        for lane in lanes.values { lane.task.cancel() }
        post.finish()
    }

    private mutating func draw() throws {
        let bytes = writer.show(DebuggerScreen.draw(state))
        if !bytes.isEmpty { try device.write(bytes) }
    }

    private mutating func take(_ input: Input) throws -> End? {
        switch input {
        case .terminal(.keys(let keys)):
            for key in keys {
                for effect in state.handle(key) {
                    if let end = carryOut(effect) { return end }
                }
            }
        case .terminal(.signal(let number)): return take(signal: number)
        case .terminal(.ended): return .gone
        case .answer(let need, let answer):
            // One that was given up may still come; the state sees that it is of no use.
            if let need, lanes[need.lane]?.need == need { lanes[need.lane] = nil }
            for effect in state.take(answer) {
                if let end = carryOut(effect) { return end }
            }
        case .followed(let error):
            state.isFollowing = false
            state.message = Failure(explaining: error).message.styled(.bad)
        }
        return nil
    }

    private mutating func take(signal number: Int32) -> End? {
        switch number {
        case SIGWINCH: resize()
        case SIGTSTP: suspend()
        case SIGCONT:
            device.resume()
            writer.forget()
            resize()
        default: return .signal(number)
        }
        return nil
    }

    private mutating func resize() {
        state.resize(to: device.size())
        acts.columns = DebuggerActs.columns(of: state.layout.size)
    }

    private mutating func suspend() {
        device.suspend()
        writer.forget()
        resize()
    }

    private mutating func carryOut(_ effect: DebuggerEffect) -> End? {
        switch effect {
        case .quit: return .quit
        case .suspend: suspend()
        case .redraw: writer.forget()
        case .cancel:
            act?.cancel()
            act = nil
        case .follow(let isOn): follow(isOn)
        default:
            act?.cancel()
            act = Task.detached { [acts, post] in
                let outcome = await acts.perform(effect)
                if !Task.isCancelled { post.yield(.answer(nil, .done(outcome))) }
            }
        }
        return nil
    }

    /// Has answered what is needed, one need a lane.
    private mutating func askForWhatIsNeeded() {
        let needs = state.needs
        for lane in DebuggerNeed.Lane.allCases {
            let wanted = needs.first { $0.lane == lane }
            if let current = lanes[lane] {
                if current.need == wanted || !current.need.isGivenUp { continue }
                current.task.cancel()
                lanes[lane] = nil
            }
            guard let wanted else { continue }
            let task = Task.detached(priority: .utility) { [reader = acts.reader, post] in
                do {
                    let answer = try await reader.answer(wanted)
                    post.yield(.answer(wanted, answer))
                } catch is CancellationError {
                    // Whoever gave it up needs something else by now.
                } catch {
                    let why = Failure(explaining: error).message
                    post.yield(.answer(wanted, .failed(wanted, why)))
                }
            }
            lanes[lane] = (wanted, task)
        }
    }

    private mutating func follow(_ isOn: Bool) {
        following?.cancel()
        following = nil
        guard isOn else { return }
        following = Task.detached { [reader = acts.reader, post] in
            do {
                var sequence = try await reader.journal.lastSequence()
                while true {
                    let version = try await reader.lastVersion()
                    post.yield(.answer(nil, .grew(version)))
                    sequence = try await reader.journal.store.growth(past: sequence)
                }
            } catch is CancellationError {
            } catch {
                post.yield(.followed(error))
            }
        }
    }
}

extension DebuggerActs {
    /// The columns of what lies over the panes of a terminal.
    static func columns(of size: ScreenSize) -> Int { max(size.columns - 8, 20) }
}
