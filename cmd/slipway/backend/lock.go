package backend

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Lock is one of Pulumi's own lock files.
type Lock struct {
	Key string `json:"-"`
	// PID, User and Host are those of the pulumi that wrote it at Time.
	PID  int       `json:"pid"`
	User string    `json:"username"`
	Host string    `json:"hostname"`
	Time time.Time `json:"timestamp"`
}

// String is one line about the lock.
func (l Lock) String() string {
	return fmt.Sprintf("pulumi's lock of process %d, %s@%s, since %s", l.PID, l.User, l.Host, l.Time.UTC().Format("2006-01-02 15:04:05 UTC"))
}

// Locks lists Pulumi's lock files of the stack.
func (b *Backend) Locks(ctx context.Context) ([]Lock, error) {
	var locks []Lock
	pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.Bucket, Prefix: aws.String(b.lockPrefix())})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list pulumi's locks of %s: %w", b.Name(), err)
		}
		for _, object := range page.Contents {
			lock, err := b.lock(ctx, aws.ToString(object.Key))
			if err != nil {
				return nil, err
			}
			locks = append(locks, lock)
		}
	}
	return locks, nil
}

func (b *Backend) lock(ctx context.Context, key string) (Lock, error) {
	object, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.Bucket, Key: &key})
	if err != nil {
		return Lock{}, fmt.Errorf("read pulumi's lock %s: %w", key, err)
	}
	defer object.Body.Close()
	text, err := io.ReadAll(object.Body)
	if err != nil {
		return Lock{}, fmt.Errorf("read pulumi's lock %s: %w", key, err)
	}
	lock := Lock{Key: key}
	if err := json.Unmarshal(text, &lock); err != nil {
		return Lock{}, fmt.Errorf("read pulumi's lock %s: %w", key, err)
	}
	return lock, nil
}

// Unlock removes a lock file.
func (b *Backend) Unlock(ctx context.Context, lock Lock) error {
	if _, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.Bucket, Key: &lock.Key}); err != nil {
		return fmt.Errorf("remove pulumi's lock %s: %w", lock.Key, err)
	}
	return nil
}
