import Foundation
import SessionJournal
import Testing
import TransparencyLog

/// Every published vector of proofs, hostile ones included (github.com/transparency-dev/merkle), where
/// they lie beside the repository.
@Suite struct ProofVectorTests {
    static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "shared/vectors/merkle")

    static var areThere: Bool { FileManager.default.fileExists(atPath: folder.path) }

    /// The vectors of a kind, by their file names.
    private func vectors(_ kind: String) throws -> [(name: String, json: JSONValue)] {
        let folder = Self.folder.appending(path: kind)
        let files = try #require(
            FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        return try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "json" }.map {
            file in
            let text = Array(try Data(contentsOf: file))
            return (file.path, try JSONValue(parsing: text.span))
        }
    }

    private func number(_ json: JSONValue, _ key: String) throws -> UInt64 {
        try #require(UInt64(json[key]?.description ?? ""))
    }

    private func bytes(_ value: JSONValue?) throws -> [UInt8] {
        let text = Array(try #require(value?.string).utf8)
        let bytes = Base64.decode(text.span)
        return try #require(bytes)
    }

    /// A hash; what is none becomes one that equals no other.
    private func hash(_ json: JSONValue, _ key: String) throws -> Hash {
        let bytes = try bytes(json[key])
        return Hash(bytes.span) ?? Hash(of: bytes.span)
    }

    /// The proof; nil where it holds something that is no hash, which readers refuse.
    private func proof(_ json: JSONValue) throws -> [Hash]? {
        guard case .array(let values)? = json["proof"] else { return [] }
        var proof: [Hash] = []
        for value in values {
            let bytes = try bytes(value)
            guard let hash = Hash(bytes.span) else { return nil }
            proof.append(hash)
        }
        return proof
    }

    private func check(
        _ kind: String, count: Int, _ holds: (JSONValue, [Hash]) throws -> Bool
    ) throws {
        let vectors = try vectors(kind)
        #expect(vectors.count == count)
        for (name, json) in vectors {
            let proof = try proof(json)
            let isTaken = try proof.map { try holds(json, $0) } ?? false
            #expect(isTaken == (json["wantErr"]?.bool == false), "\(name)")
        }
    }

    @Test(.enabled(if: areThere)) func inclusion() throws {
        try check("inclusion", count: 98) { json, proof in
            let leaf = try bytes(json["leafHash"])
            let root = try bytes(json["root"])
            guard let leaf = Hash(leaf.span), let root = Hash(root.span) else { return false }
            return TreeProof.verifyInclusion(
                of: leaf, at: try number(json, "leafIdx"), in: try number(json, "treeSize"),
                root: root, proof: proof)
        }
    }

    @Test(.enabled(if: areThere)) func consistency() throws {
        try check("consistency", count: 98) { json, proof in
            TreeProof.verifyConsistency(
                from: try number(json, "size1"), to: try number(json, "size2"),
                firstRoot: try hash(json, "root1"), secondRoot: try hash(json, "root2"),
                proof: proof)
        }
    }

    @Test(.enabled(if: areThere)) func subtreeInclusion() throws {
        try check("subtreeinclusion", count: 204) { json, proof in
            let leaf = try bytes(json["leafHash"])
            let root = try bytes(json["root"])
            let start = try number(json, "start")
            let end = try number(json, "end")
            guard start <= end, let leaf = Hash(leaf.span), let root = Hash(root.span) else {
                return false
            }
            return TreeProof.verifySubtreeInclusion(
                of: leaf, at: try number(json, "leafIdx"), in: start..<end, root: root,
                proof: proof)
        }
    }

    @Test(.enabled(if: areThere)) func subtreeConsistency() throws {
        try check("subtreeconsistency", count: 118) { json, proof in
            let start = try number(json, "start")
            let end = try number(json, "end")
            guard start <= end else { return false }
            return TreeProof.verifySubtreeConsistency(
                of: start..<end, in: try number(json, "size"),
                subtreeRoot: try hash(json, "root1"), root: try hash(json, "root2"),
                proof: proof)
        }
    }
}
