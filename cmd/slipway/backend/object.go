package backend

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// Object is what the bucket holds under a key.
type Object struct {
	Text []byte
	// Version tells what is there now from what was there before.
	Version string
	Written time.Time
}

// get reads a version of an object, the latest without one.
func (b *Backend) get(ctx context.Context, key, version string) (*Object, error) {
	input := &s3.GetObjectInput{Bucket: &b.Bucket, Key: &key}
	if version != "" {
		input.VersionId = &version
	}
	found, err := b.client.GetObject(ctx, input)
	if err != nil {
		return nil, err
	}
	defer found.Body.Close()
	text, err := io.ReadAll(found.Body)
	if err != nil {
		return nil, err
	}
	return &Object{Text: text, Version: cmp.Or(aws.ToString(found.VersionId), aws.ToString(found.ETag)), Written: aws.ToTime(found.LastModified).UTC()}, nil
}

// latest reads an object; nil when there is none.
func (b *Backend) latest(ctx context.Context, key string) (*Object, error) {
	found, err := b.get(ctx, key, "")
	var none *types.NoSuchKey
	if errors.As(err, &none) {
		return nil, nil
	}
	return found, err
}

// Raw reads the state as Pulumi has written it; nil when there is none.
func (b *Backend) Raw(ctx context.Context) (*Object, error) {
	found, err := b.latest(ctx, b.StateKey())
	if err != nil {
		return nil, fmt.Errorf("read the state of %s: %w", b.Name(), err)
	}
	return found, nil
}

// SharedKey is the key of the copy of the state that every branch may read.
func (b *Backend) SharedKey() string {
	return path.Join(b.prefix, "previews", b.Project, b.Stack+stateSuffix)
}

// Shared reads that copy; nil when there is none. To whom may not list the bucket, S3
// says of what is not there that it is refused:
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
func (b *Backend) Shared(ctx context.Context) (*Object, error) {
	found, err := b.latest(ctx, b.SharedKey())
	var refused smithy.APIError
	if errors.As(err, &refused) && refused.ErrorCode() == "AccessDenied" {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the shared copy of %s: %w", b.Name(), err)
	}
	return found, nil
}

// Share writes that copy; without a text it removes it.
func (b *Backend) Share(ctx context.Context, text []byte) (err error) {
	if text == nil {
		_, err = b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.Bucket, Key: aws.String(b.SharedKey())})
	} else {
		_, err = b.client.PutObject(ctx, &s3.PutObjectInput{
			Bucket: &b.Bucket, Key: aws.String(b.SharedKey()), Body: bytes.NewReader(text), ContentType: aws.String("application/json"),
		})
	}
	if err != nil {
		return fmt.Errorf("write the shared copy of %s: %w", b.Name(), err)
	}
	return nil
}
