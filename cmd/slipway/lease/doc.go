// Package lease lets one process at a time write to a stack.
//
// A lease is an item in a DynamoDB table. Every change of it, taking, renewing,
// taking over and giving back, is one conditional write on the exact version
// that was seen: the owner and a counter that only grows.
//
// Nobody compares clocks. A waiter takes a lease over when it has watched the
// version stand still for the whole time to live, by its own clock. A holder
// counts from before it asked for a renewal, stops its child when half of the
// time has passed without an answer and kills it before the time is over: the
// child has ended before anybody else may begin.
//
// A holder that was killed is known at once on the same machine: it and its
// child hold a lock on a file, which the kernel releases with the last of them.
// Elsewhere its lease runs out.
//
// What the lease can't do is fence the child's writes: Pulumi writes its state
// unconditionally. A holder that is stopped (SIGSTOP) together with its fence
// while its child runs on is beyond it; the child dies with the holder, so that
// a killed one is not.
package lease
