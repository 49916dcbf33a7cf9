/// Where a session stands, as far as ``LifecycleRule/all`` changes it.
struct SessionStanding: Hashable {
    var status: SessionStatus
    var phase: SessionLifecycle.Phase
    var beforeDeletion: SessionStatus?

    /// Where a state stands. A status that is none of ours counts as `active`, as in the rules.
    init(_ state: SessionState) {
        status = state.table.status ?? .active
        phase = state.life.phase
        beforeDeletion = state.table.statusBeforeDeletion
    }

    /// The same standing after an event of a rule; nil where the rule is not for it.
    private func after(_ rule: LifecycleRule) -> SessionStanding? {
        guard rule.admits(status, phase) else { return nil }
        var next = self
        if let status = rule.status(after: status, beforeDeletion: beforeDeletion) {
            if status == .deleted, self.status != .deleted { next.beforeDeletion = self.status }
            next.status = status
        }
        next.phase = rule.phase ?? phase
        return next
    }

    /// The shortest way of the table from here to another status and phase, rule by rule; nil where
    /// there is none. What changes neither is no step.
    func way(to goal: SessionStanding) -> [LifecycleRule]? {
        var reached: Set<SessionStanding> = [self]
        var ways: [(end: SessionStanding, steps: [LifecycleRule])] = [(self, [])]
        var next = 0
        while next < ways.count {
            let (end, steps) = ways[next]
            next += 1
            if end.status == goal.status, end.phase == goal.phase { return steps }
            for rule in LifecycleRule.all where rule.kind != .sessionCreated {
                guard let further = end.after(rule), reached.insert(further).inserted else {
                    continue
                }
                ways.append((further, steps + [rule]))
            }
        }
        return nil
    }
}
