// Package secret builds a random secret in Secrets Manager.
//
// Secrets Manager makes the value up, once, in the update that creates the secret,
// and later updates leave it as it is. It is not in Pulumi's state, and nobody but
// Readers can read it. It can be rotated without anybody reading it: three labels
// say which version is in use (Current), which comes Next and which was the Last.
//
// It refuses nothing: every value of its arguments is valid.
//
// It protects the value: a deleted secret can be brought back for seven days
// unless Disposable says otherwise.
package secret
