// Package source reads a build context from disk: what is in it after its
// ignore file, the digest by which a change is recognised, and the form in
// which the engine receives it.
//
// The digest and the upload are made from one and the same file system, so two
// contexts with equal digests give the engine equal files. To make that hold
// between clones of a repository, the file system carries what Git records and
// nothing else: paths, contents, link targets and the executable bit. Owners
// (always 0:0), extended attributes and the permissions left by somebody's
// umask are dropped. Modification times are uploaded, as the docker command
// does, but take no part in the digest or in the engine's layer cache.
package source
