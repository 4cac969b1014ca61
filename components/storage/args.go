package storage

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// DefaultOldVersionDays is how long overwritten and deleted objects can be
// brought back when Args says nothing.
const DefaultOldVersionDays = 30

// bucketName is what S3 takes and what TLS certificates cover: no dots.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$`)

// Args describe a bucket. The zero value is valid and safe.
type Args struct {
	// BucketName is the bucket's name, for a bucket that others have to know
	// beforehand; names are shared with every other AWS account. Default: the
	// component's name and random digits.
	BucketName string
	// KeyARN is the KMS key that encrypts the objects; roles that use them need
	// its Encrypt or Decrypt as well. Not with Receives. Default: S3's own
	// encryption.
	KeyARN pulumi.StringInput
	// OldVersionDays is how long overwritten and deleted objects can be brought
	// back, in days. Default: 30.
	OldVersionDays int
	// ExpireDays is the age at which objects are deleted, in days; they can be
	// brought back for OldVersionDays. Default: 0, never.
	ExpireDays int
	// CORSOrigins are the origins whose pages may read from and upload to the
	// bucket with signed links, such as "https://www.example.com". Default: none.
	CORSOrigins []string
	// Receives are the logs that AWS services may deliver into the bucket.
	// Default: none.
	Receives []Delivery
	// AccessLogs is the bucket that the record of all requests goes to; it must
	// receive AccessLogs. Default: none, no record is kept.
	AccessLogs *Storage
	// CloudFrontPrefix is what the account's CloudFront distributions may read,
	// such as "media/". Default: nothing.
	CloudFrontPrefix string
	// Disposable lets the bucket be deleted with its objects. Default: false.
	Disposable bool
}

// ValidOrigin reports whether an origin is written as browsers send it: scheme,
// host in lower case, and a port only when it is not the scheme's own.
// https://www.rfc-editor.org/rfc/rfc6454#section-6.2
func ValidOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Hostname() == "" || strings.ContainsAny(u.Host, "*, ") || origin != u.Scheme+"://"+strings.ToLower(u.Host) ||
		u.Scheme != "https" && u.Scheme != "http" || u.Scheme == "https" && u.Port() == "443" || u.Scheme == "http" && u.Port() == "80" {
		return fmt.Errorf("%q is not an origin such as https://www.example.com", origin)
	}
	return nil
}

// Validate reports every problem at once, each with the field's path.
func (a *Args) Validate() error {
	if a == nil {
		return nil
	}
	var problems []error
	report := func(field string, err error) {
		if err != nil {
			problems = append(problems, fmt.Errorf("storage.%s: %w", field, err))
		}
	}
	if a.BucketName != "" && !bucketName.MatchString(a.BucketName) {
		report("BucketName", fmt.Errorf("%q must be 3 to 63 lower-case letters, digits and hyphens", a.BucketName))
	}
	if a.KeyARN != nil && len(a.Receives) > 0 {
		report("KeyARN", errors.New("not with Receives: logs are delivered under S3's own keys only"))
	}
	if a.OldVersionDays < 0 {
		report("OldVersionDays", fmt.Errorf("%d must be 1 or more (0 means %d)", a.OldVersionDays, DefaultOldVersionDays))
	}
	if a.ExpireDays < 0 {
		report("ExpireDays", fmt.Errorf("%d must be 1 or more (0 means never)", a.ExpireDays))
	}
	for i, origin := range a.CORSOrigins {
		report(fmt.Sprintf("CORSOrigins[%d]", i), ValidOrigin(origin))
	}
	for i, delivery := range a.Receives {
		if !slices.Contains(Deliveries, delivery) {
			report(fmt.Sprintf("Receives[%d]", i), fmt.Errorf("%q must be one of %v", delivery, Deliveries))
		}
		if slices.Index(a.Receives, delivery) < i {
			report(fmt.Sprintf("Receives[%d]", i), fmt.Errorf("%q is given twice", delivery))
		}
	}
	if a.AccessLogs != nil && slices.Contains(a.Receives, AccessLogs) {
		report("AccessLogs", errors.New("the bucket receives access logs itself: its own would never end"))
	}
	if a.AccessLogs != nil && !slices.Contains(a.AccessLogs.args.Receives, AccessLogs) {
		report("AccessLogs", fmt.Errorf("%s does not receive them: add storage.AccessLogs to its Receives", a.AccessLogs.name))
	}
	if p := a.CloudFrontPrefix; p != "" && (strings.HasPrefix(p, "/") || !strings.HasSuffix(p, "/") || strings.ContainsAny(p, "*?$")) {
		report("CloudFrontPrefix", fmt.Errorf("%q is not a prefix such as media/", p))
	}
	return errors.Join(problems...)
}

func (a *Args) withDefaults() *Args {
	b := Args{}
	if a != nil {
		b = *a
	}
	b.OldVersionDays = cmp.Or(b.OldVersionDays, DefaultOldVersionDays)
	return &b
}
