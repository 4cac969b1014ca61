package secret

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Args describe a secret. The zero value is valid and safe.
type Args struct {
	// Description says what the secret is for.
	Description string
	// KeyARN is the KMS key that encrypts the secret; roles that read it need the
	// key's Decrypt as well. Default: AWS's own encryption.
	KeyARN pulumi.StringInput
	// Readers are the ARNs, or patterns of ARNs, of the principals that alone may
	// read the value, whatever IAM allows others. Default: whom IAM allows it.
	Readers []string
	// Kept takes over the value that an earlier release of this component put into
	// Pulumi's state: the update after this one, without Kept, drops it from there
	// and leaves it in AWS. Meanwhile Readers has no effect, since Pulumi itself
	// reads such a value. Default: false.
	Kept bool
	// Disposable deletes the secret at once and for good. Default: false.
	Disposable bool
}
