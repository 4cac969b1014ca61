package cdn_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/cdn"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

func base() *cdn.Args {
	return &cdn.Args{BucketDomainName: pulumi.String("media.s3.us-east-1.amazonaws.com")}
}

func full() *cdn.Args {
	args := base()
	args.StaticHost, args.StaticTLS = pulumi.String("recipes.example.com"), true
	args.Domain, args.CertificateARN, args.ZoneID = "cdn.example.com", pulumi.String("arn:certificate"), pulumi.String("Z1")
	return args
}

func program(args *cdn.Args, opts ...pulumi.ResourceOption) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := cdn.New(ctx, "cdn", args, opts...)
		return err
	}
}

func distribution(t *testing.T, args *cdn.Args) resource.PropertyMap {
	t.Helper()
	return mocktest.MustRun(t, "test", nil, program(args)).Get(t, "cloudfront.Distribution cdn").Inputs
}

func TestNewRegistersExactlyItsChildren(t *testing.T) {
	children := []string{
		"cdn.CDN cdn",
		"cloudfront.Distribution cdn",
		"cloudfront.OriginAccessControl cdn",
	}
	for name, test := range map[string]struct {
		args *cdn.Args
		want []string
	}{
		"base": {base(), children},
		"full": {full(), append(children, "route53.Record cdn-alias-a", "route53.Record cdn-alias-aaaa")},
	} {
		t.Run(name, func(t *testing.T) {
			got := mocktest.MustRun(t, "test", nil, program(test.args))
			mocktest.Equal(t, "resources", got.Keys(), test.want)
			got.CheckParents(t, "cdn.CDN cdn")
			mocktest.Equal(t, "protected", got.Protected(), []string{"cloudfront.Distribution cdn"})
		})
	}
}

func TestDisposableIsNotProtected(t *testing.T) {
	args := base()
	args.Disposable = true
	mocktest.Equal(t, "protected", mocktest.MustRun(t, "test", nil, program(args)).Protected(), nil)
}

const (
	behavior = `"viewerProtocolPolicy":"redirect-to-https","allowedMethods":["GET","HEAD"],"cachedMethods":["GET","HEAD"],"compress":true,` +
		`"cachePolicyId":"658327ea-f89d-4fab-a63d-7e88639e58f6","responseHeadersPolicyId":"67f7725c-6f97-4210-82d7-5512b31e9d03"`
	mediaOrigin = `{"originId":"media","domainName":"media.s3.us-east-1.amazonaws.com","originAccessControlId":"cdn_id"}`
	common      = `"comment":"cdn","enabled":true,"isIpv6Enabled":true,"httpVersion":"http2and3",` +
		`"restrictions":{"geoRestriction":{"restrictionType":"none"}},"defaultCacheBehavior":{"targetOriginId":"media",` + behavior + `}`
)

func staticOrigin(host, protocol string) string {
	return `{"originId":"static","domainName":"` + host + `","customOriginConfig":{"httpPort":80,"httpsPort":443,` +
		`"originProtocolPolicy":"` + protocol + `","originSslProtocols":["TLSv1.2"]}}`
}

func staticBehavior(path string) string {
	return `"orderedCacheBehaviors":[{"pathPattern":"` + path + `","targetOriginId":"static",` + behavior + `}]`
}

func TestDistribution(t *testing.T) {
	withoutTLS := base()
	withoutTLS.StaticHost, withoutTLS.StaticPath, withoutTLS.PriceClass = pulumi.String("edge.elb.amazonaws.com"), "/assets/", cdn.PriceClassAll
	for name, test := range map[string]struct {
		args *cdn.Args
		want []string
	}{
		"media only": {base(), []string{
			common, `"priceClass":"PriceClass_100"`, `"origins":[` + mediaOrigin + `]`,
			`"viewerCertificate":{"cloudfrontDefaultCertificate":true}`,
		}},
		"static files by HTTP": {withoutTLS, []string{
			common, `"priceClass":"PriceClass_All"`, `"origins":[` + mediaOrigin + `,` + staticOrigin("edge.elb.amazonaws.com", "http-only") + `]`,
			staticBehavior("/assets/*"), `"viewerCertificate":{"cloudfrontDefaultCertificate":true}`,
		}},
		"with a domain": {full(), []string{
			common, `"priceClass":"PriceClass_100"`, `"origins":[` + mediaOrigin + `,` + staticOrigin("recipes.example.com", "https-only") + `]`,
			staticBehavior("/static/*"), `"aliases":["cdn.example.com"]`,
			`"viewerCertificate":{"acmCertificateArn":"arn:certificate","sslSupportMethod":"sni-only","minimumProtocolVersion":"TLSv1.2_2021"}`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			sameJSON(t, distribution(t, test.args), `{`+strings.Join(test.want, ",")+`}`)
		})
	}
}

func TestBucketIsReadBySignedRequests(t *testing.T) {
	sameJSON(t, mocktest.MustRun(t, "test", nil, program(base())).Get(t, "cloudfront.OriginAccessControl cdn").Inputs,
		`{"description":"Media of cdn","originAccessControlOriginType":"s3","signingBehavior":"always","signingProtocol":"sigv4"}`)
}

func TestDomainLeadsToTheDistribution(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(full()))
	for key, kind := range map[string]string{"route53.Record cdn-alias-a": "A", "route53.Record cdn-alias-aaaa": "AAAA"} {
		sameJSON(t, got.Get(t, key).Inputs, `{"zoneId":"Z1","name":"cdn.example.com","type":"`+kind+`",`+
			`"aliases":[{"name":"d1234.cloudfront.net","zoneId":"ZCLOUDFRONT","evaluateTargetHealth":false}]}`)
	}
}

func TestOutputs(t *testing.T) {
	for name, test := range map[string]struct {
		args *cdn.Args
		host string
	}{
		"without domain": {base(), "d1234.cloudfront.net"},
		"with domain":    {full(), "cdn.example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			var got map[string]string
			mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
				c, err := cdn.New(ctx, "cdn", test.args)
				if err != nil {
					return err
				}
				outputs := pulumi.StringMap{"Domain": c.Domain, "URL": c.URL, "ARN": c.ARN}.ToStringMapOutput()
				ctx.Export("outputs", outputs.ApplyT(func(values map[string]string) string {
					got = values
					return ""
				}))
				return nil
			})
			want := map[string]string{
				"Domain": test.host, "URL": "https://" + test.host, "ARN": "arn:aws:cloudfront::111122223333:distribution/cdn",
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %v\nwant %v", got, want)
			}
		})
	}
}

func TestValidateReportsEveryProblemAtOnce(t *testing.T) {
	for name, test := range map[string]struct {
		args cdn.Args
		want []string
	}{
		"without domain": {
			cdn.Args{StaticTLS: true, StaticPath: "/static/*", PriceClass: "cheap", CertificateARN: pulumi.String("arn"), ZoneID: pulumi.String("Z1")},
			[]string{
				"cdn.BucketDomainName: required",
				"cdn.StaticTLS: goes with cdn.StaticHost",
				`cdn.StaticPath: "/static/*" is not a path such as /static/`,
				`cdn.PriceClass: "cheap" must be one of [PriceClass_100 PriceClass_200 PriceClass_All]`,
				"cdn.CertificateARN: goes with cdn.Domain, give both or none",
				"cdn.ZoneID: goes with cdn.Domain, give both or none",
			},
		},
		"with domain": {
			cdn.Args{BucketDomainName: pulumi.String("bucket"), Domain: "CDN", StaticPath: "/"},
			[]string{
				`cdn.StaticPath: "/" is not a path such as /static/`,
				`cdn.Domain: "CDN" is not a host name such as cdn.example.com`,
				"cdn.CertificateARN: goes with cdn.Domain, give both or none",
				"cdn.ZoneID: goes with cdn.Domain, give both or none",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := test.args.Validate()
			if err == nil {
				t.Fatal("no error")
			}
			mocktest.Equal(t, "problems", strings.Split(err.Error(), "\n"), test.want)
		})
	}
}

func TestInvalidArgsRegisterNothing(t *testing.T) {
	for name, args := range map[string]*cdn.Args{"nil": nil, "empty": {}} {
		got, err := mocktest.Run(t, "test", nil, program(args))
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		mocktest.Equal(t, "resources", got.Keys(), nil)
	}
}

func TestFailuresSayWhatFailed(t *testing.T) {
	for refused, want := range map[string]string{
		"slipway:cdn:CDN": "register CDN cdn",
		"aws:cloudfront/originAccessControl:OriginAccessControl": "create origin access control",
		"aws:cloudfront/distribution:Distribution":               "create distribution",
		"aws:route53/record:Record":                              "create alias record A",
	} {
		_, err := mocktest.Run(t, "test", nil, program(full(), refuse(refused)))
		if err == nil || !strings.Contains(err.Error(), want+": ") {
			t.Errorf("%s: got %v, want %q", refused, err, want)
		}
	}
}

// refuse makes the registration of resources of one type fail.
func refuse(token string) pulumi.ResourceOption {
	return pulumi.Transformations([]pulumi.ResourceTransformation{
		func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
			if args.Type != token {
				return nil
			}
			// Transformations must not change a resource's parent.
			return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: []pulumi.ResourceOption{pulumi.Parent(&pulumi.ResourceState{})}}
		},
	})
}

func sameJSON(t *testing.T, inputs resource.PropertyMap, want string) {
	t.Helper()
	text, err := json.Marshal(inputs.Mappable())
	if err != nil {
		t.Fatal(err)
	}
	mocktest.SameJSON(t, string(text), want)
}
