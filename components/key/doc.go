// Package key builds a customer-managed KMS key that rotates every year, with an
// alias, and a policy that names the AWS services which may use it.
//
// It refuses services that it has no rule for. Roles get their rights from their
// own policies (Encrypt, Decrypt): the key's policy admits the account's IAM.
//
// It protects what is encrypted: unless Disposable says otherwise Pulumi refuses
// to delete the key, and a deleted key can be brought back for 30 days.
package key
