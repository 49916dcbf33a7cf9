import Glibc

// A reader that goes away must come back as an error of `write`, not as a signal that kills.
signal(SIGPIPE, SIG_IGN)

let environment = Tool.processEnvironment()
let tool = Tool(
    console: Console(environment: environment), environment: environment,
    input: ByteInput(descriptor: STDIN_FILENO))
let status = await tool.run(Array(CommandLine.arguments.dropFirst()))
exit(status.rawValue)
