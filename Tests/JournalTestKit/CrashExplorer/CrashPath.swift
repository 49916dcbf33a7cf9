/// How to come to a crash state again: the workload's seed, and for each crash the moment at which
/// it came, counted in changes of the disk, and what survived it.
///
/// Written `5:34.s512.77/3.all`: workload 5, power cut after 34 changes with the sectors of 512 bytes
/// that seed 77 keeps, then in the recovery after 3 changes with everything kept.
package struct CrashPath: Sendable, CustomStringConvertible {
    struct Crash: Sendable {
        var moment: Int
        var survival: SimulatedDisk.Survival
    }

    var seed: UInt64
    var crashes: [Crash] = []

    init(seed: UInt64) { self.seed = seed }

    /// Reads what ``description`` wrote; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let seed = UInt64(parts[0]) else { return nil }
        self.seed = seed
        for crash in parts[1].split(separator: "/") {
            let fields = crash.split(separator: ".").map(String.init)
            guard fields.count >= 2, let moment = Int(fields[0]) else { return nil }
            let survival: SimulatedDisk.Survival
            switch (fields[1], fields.count) {
            case ("none", 2): survival = .nothing
            case ("all", 2): survival = .everything
            case (let size, 3):
                guard let size = Int(size.dropFirst()), let seed = UInt64(fields[2]) else {
                    return nil
                }
                survival = .some(sectorSize: size, seed: seed)
            default: return nil
            }
            crashes.append(Crash(moment: moment, survival: survival))
        }
    }

    func adding(_ moment: Int, _ survival: SimulatedDisk.Survival) -> CrashPath {
        var longer = self
        longer.crashes.append(Crash(moment: moment, survival: survival))
        return longer
    }

    package var description: String {
        let crashes = crashes.map { crash in
            switch crash.survival {
            case .nothing: "\(crash.moment).none"
            case .everything: "\(crash.moment).all"
            case .some(let size, let seed): "\(crash.moment).s\(size).\(seed)"
            }
        }
        return "\(seed):" + crashes.joined(separator: "/")
    }
}
