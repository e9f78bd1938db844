// swift-tools-version: 6.2
import PackageDescription

/// One strict list for every target: what the compiler can check, nobody has to review.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let arguments = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "ipamd",
    products: [
        .library(name: "IPAM", targets: ["IPAM"]),
        .library(name: "IPAMClient", targets: ["IPAMClient"]),
        .library(name: "IPAMClientNIO", targets: ["IPAMClientNIO"]),
        .executable(name: "ipamd", targets: ["ipamd"]),
        .executable(name: "ipamc", targets: ["ipamc"]),
        .executable(name: "ipamsim", targets: ["ipamsim"]),
        .executable(name: "ipamtrial", targets: ["ipamtrial"]),
        .executable(name: "ipambench", targets: ["ipambench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        .target(name: "IPAM", swiftSettings: strict),
        .target(name: "IPAMEngine", dependencies: ["IPAM"], swiftSettings: strict),
        .target(
            name: "IPAMStore", dependencies: ["IPAM", "IPAMEngine", "CLinux"],
            exclude: ["FORMAT.md"], swiftSettings: strict),
        .target(name: "IPAMWire", dependencies: ["IPAM"], swiftSettings: strict),
        .target(
            name: "IPAMClient", dependencies: ["IPAM", "IPAMWire"], swiftSettings: strict),
        .target(
            name: "IPAMClientNIO",
            dependencies: ["IPAM", "IPAMWire", "IPAMClient", nioCore, nioPosix],
            swiftSettings: strict),

        .target(name: "CLinux"),
        .systemLibrary(
            name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .target(name: "Systemd", dependencies: ["CSystemd"], swiftSettings: strict),
        // Without pkg-config: its path would stand before that of the static libraries.
        .systemLibrary(name: "CYaml", providers: [.apt(["libyaml-dev"])]),

        .executableTarget(
            name: "ipamd",
            dependencies: [
                "IPAM", "IPAMEngine", "IPAMStore", "IPAMWire", "Systemd", "CLinux",
                nioCore, nioPosix, arguments,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "ipamc",
            dependencies: ["IPAM", "IPAMClient", "CYaml", arguments],
            exclude: ["Pictures/Examples"], swiftSettings: strict),
        .target(name: "Seeded", swiftSettings: strict),
        .executableTarget(
            name: "ipamsim",
            dependencies: ["IPAM", "IPAMEngine", "IPAMStore", "IPAMWire", "Seeded", arguments],
            swiftSettings: strict),
        .executableTarget(
            name: "ipamtrial",
            dependencies: ["IPAM", "IPAMClient", "IPAMClientNIO", "Seeded", arguments],
            swiftSettings: strict),

        .executableTarget(
            name: "ipambench",
            dependencies: [
                "IPAM", "IPAMEngine", "IPAMWire", "IPAMClient", "Seeded", "CLinux", nioCore,
                nioPosix, arguments,
            ],
            exclude: ["FIGURES.md", "PROFILE.md", "Plots"], swiftSettings: strict),

        .target(name: "CFuzzer"),
        .target(
            name: "ipamfuzz",
            dependencies: [
                "IPAM", "IPAMEngine", "IPAMStore", "IPAMWire", "Seeded", "ipamc", "CFuzzer",
            ],
            swiftSettings: strict),

        .testTarget(name: "IPAMTests", dependencies: ["IPAM", "Seeded"], swiftSettings: strict),
        .testTarget(
            name: "IPAMEngineTests", dependencies: ["IPAM", "IPAMEngine", "Seeded"],
            swiftSettings: strict),
        .testTarget(
            name: "IPAMStoreTests",
            dependencies: ["IPAM", "IPAMEngine", "IPAMStore", "Seeded", "CLinux", "ipamsim"],
            swiftSettings: strict),
        .testTarget(
            name: "IPAMWireTests", dependencies: ["IPAM", "IPAMWire", "Seeded"],
            swiftSettings: strict),
        .testTarget(
            name: "IPAMClientTests",
            dependencies: [
                "IPAM", "IPAMWire", "IPAMClient", "IPAMClientNIO", "ipamc", nioCore, nioPosix,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SystemdTests", dependencies: ["Systemd", "CLinux"], swiftSettings: strict),
        .testTarget(
            name: "ipamcTests", dependencies: ["IPAM", "Seeded", "ipamc", arguments],
            exclude: ["Golden"],
            swiftSettings: strict),
        .testTarget(
            name: "ipamdTests",
            dependencies: [
                "IPAM", "IPAMEngine", "IPAMStore", "IPAMWire", "IPAMClient", "IPAMClientNIO",
                "Systemd", "ipamd", "ipamc", nioCore, nioPosix,
            ],
            exclude: ["Transcripts"], swiftSettings: strict),
        .testTarget(
            name: "InstallTests", dependencies: ["IPAM", "ipamd", "ipamc", arguments],
            swiftSettings: strict),
        .testTarget(
            name: "ipamtrialTests", dependencies: ["IPAM", "Seeded", "ipamtrial"],
            swiftSettings: strict),
        .testTarget(
            name: "ipambenchTests",
            dependencies: ["IPAM", "IPAMEngine", "IPAMWire", "ipambench", arguments],
            swiftSettings: strict),
        .testTarget(
            name: "CorporaTests", dependencies: ["ipamfuzz", "ipamc"], path: "Tests/Corpora",
            exclude: [
                "request", "reply", "journal", "checkpoint", "manifests", "manifests.dict",
                "open",
            ],
            swiftSettings: strict),
        .testTarget(name: "TidyTests", swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

// For `.ci/fuzz`: ipamfuzz becomes a program whose main loop is libFuzzer's, and ipamc, which has
// no library, becomes one that it links. Everywhere else ipamfuzz is a library of the tests.
if Context.environment["IPAMD_FUZZ"] != nil {
    package.products = [.executable(name: "ipamfuzz", targets: ["ipamfuzz"])]
    package.targets = package.targets.filter { !$0.isTest }.map { target in
        switch target.name {
        case "ipamfuzz":
            .executableTarget(
                name: target.name, dependencies: target.dependencies,
                swiftSettings: strict + [.define("FUZZER")])
        case "ipamc":
            .target(
                name: target.name, dependencies: target.dependencies,
                swiftSettings: strict + [
                    .unsafeFlags(["-Xfrontend", "-entry-point-function-name"]),
                    .unsafeFlags(["-Xfrontend", "ipamc_main"]),
                ])
        case "CFuzzer":
            .target(name: target.name, cSettings: [.define("IPAMD_FUZZ")])
        default: target
        }
    }
}
