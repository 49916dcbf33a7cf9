internal import TransparencyLog

/// The 16 random bytes of an event line, so that its digest gives nothing away that could be
/// guessed.
package struct Salt: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Fresh random bytes from the system. Cost: two calls of its generator.
    package static func random() -> Salt {
        Salt(high: .random(in: 0...UInt64.max), low: .random(in: 0...UInt64.max))
    }

    /// The characters of a salt in base64, padding included.
    static let base64Size = 24

    /// Appends 24 characters of base64.
    func appendBase64(to bytes: inout [UInt8]) {
        var raw: [UInt8] = []
        raw.reserveCapacity(16)
        for word in [high, low] {
            var shift: UInt64 = 64
            while shift > 0 {
                shift &-= 8
                raw.append(UInt8(truncatingIfNeeded: word &>> shift))
            }
        }
        Base64.append(raw.span, to: &bytes)
    }
}
