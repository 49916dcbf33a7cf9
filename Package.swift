// swift-tools-version: 6.2
import PackageDescription

/// The settings of every Swift target: language mode 6, the upcoming features the house rules name,
/// and no warning left standing.
let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "SessionJournal",
    products: [
        .library(name: "SessionJournal", targets: ["SessionJournal"]),
        .library(name: "Transcripts", targets: ["Transcripts"]),
        .library(name: "SessionSearch", targets: ["SessionSearch"]),
        .library(name: "SessionCrypto", targets: ["SessionCrypto"]),
        .executable(name: "sjournal", targets: ["SJournal"]),
    ],
    traits: [
        .trait(name: "Search", description: "Full-text search and SQL, with libsqlite3-dev."),
        .trait(
            name: "Archives", description: "Gzip and zip files are imported, with zlib1g-dev."),
        .trait(
            name: "Stores",
            description: "Sessions in SQLite and in dumps of PostgreSQL are imported, with "
                + "libsqlite3-dev and libmpack-dev."),
        .trait(name: "Crypto", description: "Signing and encryption, with libssl-dev."),
    ],
    targets: [
        .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
        .target(name: "CShims"),
        .target(name: "SegmentLog", dependencies: ["CLZ4", "CShims"], swiftSettings: house),
        .target(name: "TransparencyLog", dependencies: ["CShims"], swiftSettings: house),
        .target(
            name: "SessionJournal", dependencies: ["CShims", "SegmentLog", "TransparencyLog"],
            // What a compliance pack carries, so that it needs nothing else: links to tools/.
            resources: [
                .embedInCode("Resources/verify.py"), .embedInCode("Resources/verify_pack.py"),
            ], swiftSettings: house),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CMsgPack", pkgConfig: "mpack", providers: [.apt(["libmpack-dev"])]),
        .target(
            name: "Transcripts",
            dependencies: [
                "SessionJournal", "TransparencyLog",
                .target(name: "CZlib", condition: .when(traits: ["Archives"])),
                .target(name: "CSQLite", condition: .when(traits: ["Stores"])),
                .target(name: "CMsgPack", condition: .when(traits: ["Stores"])),
            ],
            swiftSettings: house),
        .systemLibrary(
            name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(
            name: "SessionSearch",
            dependencies: [
                "SegmentLog", "SessionJournal",
                .target(name: "CSQLite", condition: .when(traits: ["Search"])),
            ], swiftSettings: house),
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(
            name: "SessionCrypto",
            dependencies: [
                "SegmentLog", "TransparencyLog", "SessionJournal",
                .target(name: "COpenSSL", condition: .when(traits: ["Crypto"])),
            ], swiftSettings: house),
        .executableTarget(
            name: "SJournal",
            dependencies: [
                "CShims", "SessionJournal", "Transcripts",
                .target(name: "SessionSearch", condition: .when(traits: ["Search"])),
                .target(name: "SessionCrypto", condition: .when(traits: ["Crypto"])),
            ], swiftSettings: house),
        .target(
            name: "JournalTestKit",
            dependencies: ["SegmentLog", "TransparencyLog", "SessionJournal"],
            path: "Tests/JournalTestKit", swiftSettings: house),
        .testTarget(
            name: "TransparencyLogTests",
            dependencies: ["CShims", "SessionJournal", "TransparencyLog", "JournalTestKit"],
            swiftSettings: house),
        .testTarget(
            name: "SegmentLogTests", dependencies: ["CShims", "SegmentLog", "JournalTestKit"],
            swiftSettings: house),
        .testTarget(
            name: "SessionJournalTests",
            dependencies: ["SessionJournal", "TransparencyLog", "JournalTestKit"],
            swiftSettings: house),
        .testTarget(
            name: "TranscriptsTests", dependencies: ["Transcripts", "JournalTestKit"],
            swiftSettings: house),
        .testTarget(
            name: "SessionSearchTests",
            dependencies: [
                "SessionJournal", "JournalTestKit",
                .target(name: "SessionSearch", condition: .when(traits: ["Search"])),
            ], swiftSettings: house),
        .testTarget(
            name: "SessionCryptoTests",
            dependencies: [
                "SessionJournal", "JournalTestKit",
                .target(name: "SessionCrypto", condition: .when(traits: ["Crypto"])),
            ], swiftSettings: house),
        .testTarget(
            name: "SJournalTests", dependencies: ["SJournal", "JournalTestKit"],
            swiftSettings: house),
    ],
    swiftLanguageModes: [.v6]
)

// A seeded bug may leave a warning (tools/torture mutants).
if Context.environment["SJOURNAL_MUTANTS"] != nil {
    for target in package.targets where target.swiftSettings != nil {
        target.swiftSettings = Array(house.dropLast())
    }
}

// The thread sanitizer knows a lock of ours, and not the standard library's (tools/check --full): it
// takes the library and its tests alone, and is found without an import.
if Context.environment["SJOURNAL_THREAD_SANITIZER"] != nil {
    let others = [
        "Transcripts", "CZlib", "CMsgPack", "CSQLite", "SessionSearch", "COpenSSL", "SessionCrypto",
        "SJournal", "TranscriptsTests", "SessionSearchTests", "SessionCryptoTests", "SJournalTests",
    ]
    package.products = []
    package.targets.removeAll { others.contains($0.name) }
    for target in package.targets where target.swiftSettings != nil {
        target.swiftSettings = Array(house.prefix(2)) + [house[3], .define("THREAD_SANITIZER")]
    }
}

// The fuzzing program, which libFuzzer's own `main` runs: tools/torture fuzz builds it, and nothing
// else knows of it. Its flags would keep other packages from using this one.
if Context.environment["SJOURNAL_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "Fuzz",
            dependencies: ["SegmentLog", "SessionJournal", "Transcripts", "JournalTestKit"],
            path: "Tests/Fuzz",
            swiftSettings: house + [.unsafeFlags(["-parse-as-library"])]))
}
