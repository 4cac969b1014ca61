package secret

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Args describe a secret. The zero value is valid and safe.
type Args struct {
	// Description says what the secret is for.
	Description string
	// KeyARN is the KMS key that encrypts the secret; roles that read it need the
	// key's Decrypt as well. Default: AWS's own encryption.
	KeyARN pulumi.StringInput
	// Disposable deletes the secret at once and for good. Default: false.
	Disposable bool
}
