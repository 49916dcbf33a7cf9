/// A set of rules that somebody may have to answer for, as far as a journal can help with it.
///
/// A pack says what the journal shows about what the rules ask. It is evidence, and no certificate:
/// whether it is enough is for those to judge who have to.
public enum ComplianceRegime: String, Sendable, Hashable, CaseIterable {
    /// 21 CFR Part 11: electronic records of the US Food and Drug Administration.
    case cfr11 = "21cfr11"
    /// SEC Rule 17a-4(f), the alternative of an audit trail.
    case sec17a4
    /// HIPAA Security Rule, 45 CFR 164.
    case hipaa
    /// General Data Protection Regulation (EU) 2016/679.
    case gdpr
    /// Artificial Intelligence Act (EU) 2024/1689.
    case aiAct = "ai-act"
    /// SOC 2, trust services criteria of the AICPA.
    case soc2

    /// Its name, for people.
    public var title: String {
        switch self {
        case .cfr11: "21 CFR Part 11: electronic records, 11.10"
        case .sec17a4: "SEC Rule 17a-4(f): electronic recordkeeping, audit-trail alternative"
        case .hipaa: "HIPAA Security Rule: audit controls, 45 CFR 164.312(b)"
        case .gdpr: "GDPR: access, erasure, record of processing (Articles 15, 17, 30)"
        case .aiAct: "EU AI Act: record-keeping and logs (Articles 12, 19, 26(6))"
        case .soc2: "SOC 2: security, availability, integrity, confidentiality, privacy"
        }
    }

    /// What it asks, control by control.
    public var controls: [ComplianceControl] {
        switch self {
        case .cfr11: ComplianceControl.cfr11
        case .sec17a4: ComplianceControl.sec17a4
        case .hipaa: ComplianceControl.hipaa
        case .gdpr: ComplianceControl.gdpr
        case .aiAct: ComplianceControl.aiAct
        case .soc2: ComplianceControl.soc2
        }
    }
}

/// Something that a set of rules asks for, and what in a journal answers it.
public struct ComplianceControl: Sendable, Hashable {
    /// Where it stands, such as `11.10(e)`; several may stand in one place.
    public let id: String
    /// What it asks, in plain words.
    public let asks: String
    /// The names of the queries whose events answer it.
    public let queries: [String]
    /// The facts that answer it, which are no counts of one kind of event.
    public let facts: [ComplianceFact]
    /// What of it lies outside of what the journal shows; nil where nothing does.
    public let outside: String?

    init(
        _ id: String, _ asks: String, _ queries: [String] = [], facts: [ComplianceFact] = [],
        outside: String? = nil
    ) {
        self.id = id
        self.asks = asks
        self.queries = queries
        self.facts = facts
        self.outside = outside
    }
}

/// A fact that is more than a count.
public enum ComplianceFact: String, Sendable, Hashable, CaseIterable {
    /// Whether numbers have no gap and times never go back.
    case order
    /// From when to when there are events.
    case span
    /// Who did something.
    case actors
    /// When each session was in use.
    case periods
    /// Which models were used.
    case models
    /// Each change of metadata with old and new value.
    case changes
    /// What is signed, by whom.
    case signature
    /// When what was last verified, and the longest time without.
    case verification
    /// Which rules of access hold.
    case access
    /// Which erasures were asked for and are not done, and what their certificates say.
    case erasures
    /// Which holds are in force.
    case holds
}
