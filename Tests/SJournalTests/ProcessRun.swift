import Foundation
import Testing

/// The real `sjournal`, run as a process: for exit codes, pipes and streams.
struct ProcessRun {
    let status: Int32
    let output: String
    let errors: String

    /// The executable beside the test bundle.
    static var executable: URL {
        get throws {
            let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let url = URL(fileURLWithPath: bundle).deletingLastPathComponent()
                .appendingPathComponent("sjournal")
            try #require(FileManager.default.isExecutableFile(atPath: url.path), "\(url.path)")
            return url
        }
    }

    /// Runs a command line of the shell in which `sjournal` is the built executable.
    ///
    /// - Parameters:
    ///   - script: For `bash -c`.
    ///   - directory: The working directory, and the home of the process.
    static func shell(
        _ script: String, in directory: URL, environment: [String: String] = [:]
    ) throws -> ProcessRun {
        let id = UUID().uuidString
        let outputURL = directory.appendingPathComponent(".out-\(id)")
        let errorsURL = directory.appendingPathComponent(".err-\(id)")
        defer {
            for url in [outputURL, errorsURL] { try? FileManager.default.removeItem(at: url) }
        }
        let process = try start(
            script, in: directory, environment: environment, output: outputURL, errors: errorsURL)
        process.waitUntilExit()
        return ProcessRun(
            status: process.terminationStatus,
            output: String(decoding: try Data(contentsOf: outputURL), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errorsURL), as: UTF8.self))
    }

    /// Starts a command line without waiting for it. Its streams are files, not pipes: a pipe that
    /// nobody empties would stop the process.
    static func start(
        _ script: String, in directory: URL, environment: [String: String] = [:],
        output: URL, errors: URL
    ) throws -> Process {
        let process = try process(script, in: directory, environment: environment)
        for url in [output, errors] { try Data().write(to: url) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        return process
    }

    /// A command line that is not started yet, and whose streams are for the caller to say.
    static func process(
        _ script: String, in directory: URL, environment: [String: String] = [:]
    ) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", script]
        process.currentDirectoryURL = directory
        let inherited = ProcessInfo.processInfo.environment
        // Where coverage and sanitizers are told what to do.
        let told = ["LLVM_PROFILE_FILE", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "TSAN_OPTIONS"]
        var all = inherited.filter { told.contains($0.key) }
        let folder = try executable.deletingLastPathComponent().path
        all["PATH"] = folder + ":" + (inherited["PATH"] ?? "/usr/bin:/bin")
        all["HOME"] = directory.path
        process.environment = all.merging(environment) { $1 }
        return process
    }
}

/// A directory that is gone when the test is.
final class ScratchDirectory {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory
            .appendingPathComponent("sjournal-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}
