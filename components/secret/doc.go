// Package secret builds a random secret in Secrets Manager.
//
// The value is made once, when the secret is created, and later runs leave it
// as it is. It stands encrypted in Pulumi's state and nowhere else.
//
// It refuses nothing: every value of its arguments is valid.
//
// It protects the value: a deleted secret can be brought back for seven days
// unless Disposable says otherwise.
package secret
