import Foundation
import JournalTestKit
import SessionJournal
import Testing
import TransparencyLog

/// Every proof of every tree, held against the one that Go's checksum database is made with (Debian:
/// golang-go, golang-golang-x-mod-dev), where both are installed. `SJOURNAL_FAULTS=all` takes trees up to
/// 1,024 leaves.
@Suite struct GoAgreementTests {
    static let sources = "/usr/share/gocode"

    static let isThere =
        FileManager.default.fileExists(atPath: "/usr/bin/go")
        && FileManager.default.fileExists(atPath: sources + "/src/golang.org/x/mod/sumdb/tlog")

    /// Hashes all proofs of all trees up to a size: of each leaf, and of each smaller tree.
    static let program = """
        package main

        import (
        	"crypto/sha256"
        	"fmt"
        	"os"
        	"strconv"

        	"golang.org/x/mod/sumdb/tlog"
        )

        func main() {
        	limit, _ := strconv.ParseInt(os.Args[1], 10, 64)
        	var stored []tlog.Hash
        	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
        		var hashes []tlog.Hash
        		for _, index := range indexes {
        			hashes = append(hashes, stored[index])
        		}
        		return hashes, nil
        	})
        	sum := sha256.New()
        	for size := int64(1); size <= limit; size++ {
        		fresh, err := tlog.StoredHashes(size-1, []byte(strconv.FormatInt(size-1, 10)), reader)
        		if err != nil {
        			panic(err)
        		}
        		stored = append(stored, fresh...)
        		for leaf := int64(0); leaf < size; leaf++ {
        			proof, err := tlog.ProveRecord(size, leaf, reader)
        			if err != nil {
        				panic(err)
        			}
        			for _, hash := range proof {
        				sum.Write(hash[:])
        			}
        			growth, err := tlog.ProveTree(size, leaf+1, reader)
        			if err != nil {
        				panic(err)
        			}
        			for _, hash := range growth {
        				sum.Write(hash[:])
        			}
        		}
        	}
        	fmt.Printf("%x\\n", sum.Sum(nil))
        }
        """

    @Test(.enabled(if: isThere), .timeLimit(.minutes(20)))
    func everyProofIsThatOfGo() throws {
        let limit = FaultScale.isFull ? 1_024 : 40
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "sjournal-go-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "main.go")
        try Self.program.write(to: file, atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/go")
        process.arguments = ["run", file.path, String(limit)]
        process.environment = [
            "GOPATH": Self.sources, "GO111MODULE": "off", "GOCACHE": folder.path + "/cache",
            "HOME": folder.path, "PATH": "/usr/bin:/bin",
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(
            decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        #expect(try text == ours(limit) + "\n")
    }

    private func ours(_ limit: Int) throws -> String {
        let tree = PlainTree(count: limit)
        var known: [Range<UInt64>: Hash] = [:]
        func hash(_ range: Range<UInt64>) -> Hash {
            if let hash = known[range] { return hash }
            let hash = tree.root(range)
            known[range] = hash
            return hash
        }
        var bytes: [UInt8] = []
        var sum = DigestStream()
        for size in 1...UInt64(limit) {
            bytes.removeAll(keepingCapacity: true)
            for leaf in 0..<size {
                for range in try #require(ProofPlan.inclusion(of: leaf, in: size)) {
                    hash(range).append(to: &bytes)
                }
                for range in try #require(ProofPlan.consistency(from: leaf + 1, to: size)) {
                    hash(range).append(to: &bytes)
                }
            }
            sum.update(bytes.span)
        }
        return sum.finish().hexadecimal
    }
}
