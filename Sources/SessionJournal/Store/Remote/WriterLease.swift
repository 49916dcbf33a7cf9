/// The right to write to a remote store.
///
/// The *epoch* makes it safe, not the time: the server raises it with every lease it gives and takes
/// commits of the newest epoch only. That a lease runs out says no more than that others may have
/// the next one. So a clock that is wrong costs waiting, never an event.
package struct WriterLease: Sendable, Hashable {
    /// From 1; higher than that of every lease before it.
    package var epoch: UInt64

    /// Who has it.
    package var holder: LeaseHolder

    package init(epoch: UInt64, holder: LeaseHolder) {
        self.epoch = epoch
        self.holder = holder
    }
}

/// One opening of a remote store for writing.
package struct LeaseHolder: Sendable, Hashable, CustomStringConvertible {
    /// What people are told when they have to wait for it: a host, a process.
    package var name: String

    /// Random; tells this opening from every other one.
    package var token: [UInt8]

    package init(name: String, token: [UInt8]) {
        self.name = name
        self.token = token
    }

    package var description: String { name }
}
