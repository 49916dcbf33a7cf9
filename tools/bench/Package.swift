// swift-tools-version: 6.2
import PackageDescription

/// The same settings as the package that is measured.
let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

// A package of its own, so that the libraries of the peers are no dependency of the journal and
// only what everybody can call is called.
let package = Package(
    name: "SessionJournalBench",
    dependencies: [.package(name: "SessionJournal", path: "../..", traits: ["Search", "Crypto"])],
    targets: [
        .systemLibrary(name: "CSQLitePeer", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CRocksDB", providers: [.apt(["librocksdb-dev"])]),
        .systemLibrary(name: "CLMDB", providers: [.apt(["liblmdb-dev"])]),
        .systemLibrary(name: "CLZ4Raw", providers: [.apt(["liblz4-dev"])]),
        .executableTarget(
            name: "Bench",
            dependencies: [
                .product(name: "SessionJournal", package: "SessionJournal"),
                .product(name: "SessionSearch", package: "SessionJournal"),
                .product(name: "SessionCrypto", package: "SessionJournal"), "CSQLitePeer",
                "CRocksDB", "CLMDB", "CLZ4Raw",
            ],
            swiftSettings: house),
    ],
    swiftLanguageModes: [.v6]
)
