package release

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

// The labels of a secret's versions, by which a key changes without anybody reading
// it. All stand at one version but while the key changes.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version
const (
	// LabelCurrent is the version that signs.
	LabelCurrent = "AWSCURRENT"
	// LabelNext is the one that will sign next, LabelLast the one that signed last;
	// what they signed is accepted.
	LabelNext, LabelLast = "NEXT", "LAST"
)

// Secrets is what this package asks of Secrets Manager. It never reads a value.
type Secrets interface {
	DescribeSecret(context.Context, *secretsmanager.DescribeSecretInput, ...func(*secretsmanager.Options)) (*secretsmanager.DescribeSecretOutput, error)
	GetRandomPassword(context.Context, *secretsmanager.GetRandomPasswordInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetRandomPasswordOutput, error)
	PutSecretValue(context.Context, *secretsmanager.PutSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.PutSecretValueOutput, error)
	UpdateSecretVersionStage(context.Context, *secretsmanager.UpdateSecretVersionStageInput, ...func(*secretsmanager.Options)) (*secretsmanager.UpdateSecretVersionStageOutput, error)
}

// Fill gives a secret without a value a random one, and the version that signs the
// labels that it lacks. Whatever has them stays as it is.
func (a *AWS) Fill(ctx context.Context, secret string) error {
	if err := a.connected(ctx); err != nil {
		return err
	}
	labels, err := a.labels(ctx, secret)
	if err == nil && labels[LabelCurrent] == "" {
		// Whoever else fills it at this moment makes the version of the same name.
		sum := sha256.Sum256([]byte(secret))
		err = PutRandom(ctx, a.Secrets, secret, hex.EncodeToString(sum[:]), LabelCurrent)
		var there *types.ResourceExistsException
		if err == nil || errors.As(err, &there) {
			labels, err = a.labels(ctx, secret)
		}
	}
	for _, label := range []string{LabelNext, LabelLast} {
		if err == nil && labels[label] == "" {
			_, err = a.Secrets.UpdateSecretVersionStage(ctx, &secretsmanager.UpdateSecretVersionStageInput{
				SecretId: &secret, VersionStage: aws.String(label), MoveToVersionId: aws.String(labels[LabelCurrent]),
			})
		}
	}
	if err != nil {
		return fmt.Errorf("give secret %s its value: %w", secret, err)
	}
	return nil
}

func (a *AWS) labels(ctx context.Context, secret string) (map[string]string, error) {
	found, err := a.Secrets.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &secret})
	if err != nil {
		return nil, err
	}
	return Labels(found), nil
}

// Labels are the versions of a secret by their labels.
func Labels(secret *secretsmanager.DescribeSecretOutput) map[string]string {
	labels := map[string]string{}
	for version, stages := range secret.VersionIdsToStages {
		for _, label := range stages {
			labels[label] = version
		}
	}
	return labels
}

// keyLength is well above the 50 characters that Django asks for; of 62 kinds each,
// they are more than 380 random bits.
// https://docs.djangoproject.com/en/5.2/ref/checks/#security
const keyLength = 64

// PutRandom makes a version with a value that Secrets Manager makes up. No log has
// it: neither the answer of the first call nor the request of the second one.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html
func PutRandom(ctx context.Context, secrets Secrets, secret, version string, labels ...string) error {
	made, err := secrets.GetRandomPassword(ctx, &secretsmanager.GetRandomPasswordInput{
		PasswordLength: aws.Int64(keyLength), ExcludePunctuation: aws.Bool(true),
	})
	if err != nil {
		return fmt.Errorf("make up a value: %w", err)
	}
	_, err = secrets.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{
		SecretId: &secret, SecretString: made.RandomPassword, ClientRequestToken: &version, VersionStages: slices.Clone(labels),
	})
	return err
}
