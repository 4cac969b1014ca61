package cdn

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// DefaultStaticPath is where Django serves static files.
const DefaultStaticPath = "/static/"

// PriceClass says from where in the world CloudFront serves; dearer classes are
// nearer to more viewers.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PriceClass.html
type PriceClass string

const (
	// PriceClass100 is North America, Europe and Israel, the cheapest. The zero
	// value means it.
	PriceClass100 PriceClass = "PriceClass_100"
	// PriceClass200 leaves out South America, Australia and New Zealand.
	PriceClass200 PriceClass = "PriceClass_200"
	// PriceClassAll is everywhere.
	PriceClassAll PriceClass = "PriceClass_All"
)

// PriceClasses are the values that PriceClass takes.
var PriceClasses = []PriceClass{PriceClass100, PriceClass200, PriceClassAll}

// Args describe a distribution.
type Args struct {
	// BucketDomainName is the name in DNS of the bucket that holds the media. Its
	// policy must admit CloudFront. Required.
	BucketDomainName pulumi.StringInput
	// StaticHost is the host name that serves the static files, such as the
	// app's. Default: none, media only.
	StaticHost pulumi.StringInput
	// StaticTLS says that StaticHost speaks HTTPS, with a certificate in its
	// name. Default: false, CloudFront asks it by HTTP.
	StaticTLS bool
	// StaticPath is where StaticHost has the static files. Default: /static/.
	StaticPath string
	// PriceClass says from where CloudFront serves. Default: PriceClass_100.
	PriceClass PriceClass
	// Domain is a host name of the distribution's own, such as
	// "cdn.example.com". Default: none, the name that CloudFront gives it.
	Domain string
	// CertificateARN is the certificate of Domain, in us-east-1: CloudFront takes
	// no other region's. Required with it.
	CertificateARN pulumi.StringInput
	// ZoneID is the Route 53 hosted zone that holds Domain. Required with it.
	ZoneID pulumi.StringInput
	// Disposable lets the distribution be deleted. Default: false.
	Disposable bool
}

var domainPattern = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`)

// Validate reports every problem at once, each with the field's path.
func (a *Args) Validate() error {
	if a == nil {
		return errors.New("cdn: args are required")
	}
	a = a.withDefaults()
	var problems []error
	report := func(field string, err error) {
		if err != nil {
			problems = append(problems, fmt.Errorf("cdn.%s: %w", field, err))
		}
	}
	if a.BucketDomainName == nil {
		report("BucketDomainName", errors.New("required"))
	}
	if a.StaticTLS && a.StaticHost == nil {
		report("StaticTLS", errors.New("goes with cdn.StaticHost"))
	}
	if !strings.HasPrefix(a.StaticPath, "/") || !strings.HasSuffix(a.StaticPath, "/") || len(a.StaticPath) < 3 || strings.ContainsAny(a.StaticPath, "*?") {
		report("StaticPath", fmt.Errorf("%q is not a path such as %s", a.StaticPath, DefaultStaticPath))
	}
	if !slices.Contains(PriceClasses, a.PriceClass) {
		report("PriceClass", fmt.Errorf("%q must be one of %v", a.PriceClass, PriceClasses))
	}
	if a.Domain != "" && (len(a.Domain) > 253 || !domainPattern.MatchString(a.Domain)) {
		report("Domain", fmt.Errorf("%q is not a host name such as cdn.example.com", a.Domain))
	}
	if (a.Domain == "") != (a.CertificateARN == nil) {
		report("CertificateARN", errors.New("goes with cdn.Domain, give both or none"))
	}
	if (a.Domain == "") != (a.ZoneID == nil) {
		report("ZoneID", errors.New("goes with cdn.Domain, give both or none"))
	}
	return errors.Join(problems...)
}

func (a *Args) withDefaults() *Args {
	b := *a
	b.StaticPath = cmp.Or(b.StaticPath, DefaultStaticPath)
	b.PriceClass = cmp.Or(b.PriceClass, PriceClass100)
	return &b
}
