package main

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"gitlab.com/slipway/slipway/internal/mocktest"
)

// scene is what one run of a program writes.
type scene struct {
	Name string `json:"name"`
	// Stack is empty for bootstrap.
	Stack string           `json:"stack"`
	Roles map[string]*role `json:"roles"`
	// Managed are customer-managed policies by ARN, boundaries too.
	Managed map[string]json.RawMessage `json:"managed"`
	// Resources are those with a policy of their own.
	Resources []resourcePolicy `json:"resources"`
	// Registered is the ARN and the tags of everything that has an ARN.
	Registered []registered `json:"registered"`
}

type role struct {
	Name  string          `json:"name"`
	Path  string          `json:"path"`
	ARN   string          `json:"arn"`
	Trust json.RawMessage `json:"trust"`
	// Attached are ARNs of managed policies, AWS's own too.
	Attached []string `json:"attached"`
	// Inline are documents by name.
	Inline map[string]json.RawMessage `json:"inline"`
	// Boundary is the ARN of the permissions boundary, empty for none.
	Boundary string            `json:"boundary"`
	Tags     map[string]string `json:"tags"`
}

type resourcePolicy struct {
	Type   string            `json:"type"`
	Name   string            `json:"name"`
	ARN    string            `json:"arn"`
	Policy json.RawMessage   `json:"policy"`
	Tags   map[string]string `json:"tags"`
}

type registered struct {
	Type string            `json:"type"`
	Name string            `json:"name"`
	ARN  string            `json:"arn"`
	Tags map[string]string `json:"tags"`
}

// suffix is what Pulumi appends to names of its own: random digits.
const suffix = "-1a2b3c4"

const accountID, region = "111122223333", "us-east-1"

// arns are the ARNs by type: NAME is the name in AWS, PATH an IAM path, DIGITS and
// UUID are the resource's own.
var arns = map[string]string{
	"aws:cloudfront/distribution:Distribution":       "arn:aws:cloudfront::" + accountID + ":distribution/EDIGITS",
	"aws:cloudwatch/eventRule:EventRule":             "arn:aws:events:" + region + ":" + accountID + ":rule/NAME",
	"aws:cloudwatch/logGroup:LogGroup":               "arn:aws:logs:" + region + ":" + accountID + ":log-group:NAME",
	"aws:cloudwatch/metricAlarm:MetricAlarm":         "arn:aws:cloudwatch:" + region + ":" + accountID + ":alarm:NAME",
	"aws:dynamodb/table:Table":                       "arn:aws:dynamodb:" + region + ":" + accountID + ":table/NAME",
	"aws:ecr/repository:Repository":                  "arn:aws:ecr:" + region + ":" + accountID + ":repository/NAME",
	"aws:ecs/cluster:Cluster":                        "arn:aws:ecs:" + region + ":" + accountID + ":cluster/NAME",
	"aws:ecs/taskDefinition:TaskDefinition":          "arn:aws:ecs:" + region + ":" + accountID + ":task-definition/NAME:1",
	"aws:iam/instanceProfile:InstanceProfile":        "arn:aws:iam::" + accountID + ":instance-profilePATHNAME",
	"aws:iam/policy:Policy":                          "arn:aws:iam::" + accountID + ":policyPATHNAME",
	"aws:iam/role:Role":                              "arn:aws:iam::" + accountID + ":rolePATHNAME",
	"aws:kms/key:Key":                                "arn:aws:kms:" + region + ":" + accountID + ":key/UUID",
	"aws:lb/loadBalancer:LoadBalancer":               "arn:aws:elasticloadbalancing:" + region + ":" + accountID + ":loadbalancer/app/NAME/DIGITS",
	"aws:lb/targetGroup:TargetGroup":                 "arn:aws:elasticloadbalancing:" + region + ":" + accountID + ":targetgroup/NAME/DIGITS",
	"aws:rds/instance:Instance":                      "arn:aws:rds:" + region + ":" + accountID + ":db:NAME",
	"aws:s3/bucketV2:BucketV2":                       "arn:aws:s3:::NAME",
	"aws:scheduler/scheduleGroup:ScheduleGroup":      "arn:aws:scheduler:" + region + ":" + accountID + ":schedule-group/NAME",
	"aws:secretsmanager/secret:Secret":               "arn:aws:secretsmanager:" + region + ":" + accountID + ":secret:NAME-AbCdEf",
	"aws:secretsmanager/secretVersion:SecretVersion": "arn:aws:secretsmanager:" + region + ":" + accountID + ":secret:NAME-AbCdEf",
	"aws:sns/topic:Topic":                            "arn:aws:sns:" + region + ":" + accountID + ":NAME",
	"aws:ssm/document:Document":                      "arn:aws:ssm:" + region + ":" + accountID + ":document/NAME",
	"aws:wafv2/webAcl:WebAcl":                        "arn:aws:wafv2:" + region + ":" + accountID + ":regional/webacl/NAME/DIGITS",
}

// newScene reads what a run registered. The mocks' ARNs are made AWS's.
func newScene(name, stack string, recording *mocktest.Recording) *scene {
	s := &scene{Name: name, Stack: stack, Roles: map[string]*role{}, Managed: map[string]json.RawMessage{}}
	all := recording.All()
	real := newReplacer(all)
	for _, r := range all {
		text := func(key resource.PropertyKey) string { return real(textOf(r.Inputs, key)) }
		document := func(key resource.PropertyKey) json.RawMessage { return json.RawMessage(text(key)) }
		arn := real(textOf(r.Outputs, "arn"))
		if arn != "" && arns[r.Type] != "" {
			s.Registered = append(s.Registered, registered{r.Type, r.Name, arn, tags(r)})
		}
		switch r.Type {
		case "aws:iam/role:Role":
			s.Roles[r.Name] = &role{
				Name: physicalName(r), Path: pathOf(r), ARN: arn, Trust: document("assumeRolePolicy"),
				Inline: map[string]json.RawMessage{}, Boundary: text("permissionsBoundary"), Tags: tags(r),
			}
		case "aws:iam/policy:Policy":
			s.Managed[arn] = document("policy")
		case "aws:iam/rolePolicyAttachment:RolePolicyAttachment":
			if owner := s.Roles[textOf(r.Inputs, "role")]; owner != nil {
				owner.Attached = append(owner.Attached, text("policyArn"))
			}
		case "aws:iam/rolePolicy:RolePolicy":
			if owner := s.Roles[textOf(r.Inputs, "role")]; owner != nil {
				owner.Inline[r.Name] = document("policy")
			}
		case "aws:kms/key:Key", "aws:ec2/vpcEndpoint:VpcEndpoint":
			if text("policy") != "" {
				s.Resources = append(s.Resources, resourcePolicy{r.Type, r.Name, arn, document("policy"), tags(r)})
			}
		case "aws:s3/bucketPolicy:BucketPolicy":
			s.Resources = append(s.Resources, resourcePolicy{r.Type, r.Name, "arn:aws:s3:::" + text("bucket"), document("policy"), nil})
		case "aws:ecr/repositoryPolicy:RepositoryPolicy":
			s.Resources = append(s.Resources, resourcePolicy{r.Type, r.Name, "arn:aws:ecr:" + region + ":" + accountID + ":repository/" + text("repository"), document("policy"), nil})
		case "aws:secretsmanager/secretPolicy:SecretPolicy":
			s.Resources = append(s.Resources, resourcePolicy{r.Type, r.Name, text("secretArn"), document("policy"), nil})
		case "aws:sns/topicPolicy:TopicPolicy":
			s.Resources = append(s.Resources, resourcePolicy{r.Type, r.Name, text("arn"), document("policy"), nil})
		case "aws:cloudwatch/logResourcePolicy:LogResourcePolicy":
			s.Resources = append(s.Resources, resourcePolicy{r.Type, r.Name, "", document("policyDocument"), nil})
		}
	}
	return s
}

// newReplacer writes AWS's ARNs, and names with their random digits, in place of the
// mocks'.
func newReplacer(all []mocktest.Resource) func(string) string {
	var pairs [][2]string
	for _, r := range all {
		format, known := arns[r.Type]
		mocked := textOf(r.Outputs, "arn")
		if !known || mocked == "" {
			continue
		}
		digest := md5.Sum([]byte(r.Type + r.Name))
		digits := hex.EncodeToString(digest[:])
		uuid := strings.Join([]string{digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]}, "-")
		if r.Type == "aws:rds/instance:Instance" {
			// RDS names the master user's secret at random.
			pairs = append(pairs, [2]string{
				strings.Replace(mocked, ":rds:", ":secretsmanager:", 1) + "-master",
				"arn:aws:secretsmanager:" + region + ":" + accountID + ":secret:rds!db-" + uuid + "-AbCdEf",
			})
		}
		pairs = append(pairs, [2]string{mocked, strings.NewReplacer("NAME", physicalName(r), "DIGITS", digits, "PATH", pathOf(r), "UUID", uuid).Replace(format)})
	}
	// The longest first: one name begins another.
	slices.SortFunc(pairs, func(a, b [2]string) int { return len(b[0]) - len(a[0]) })
	var flat []string
	for _, pair := range pairs {
		flat = append(flat, pair[0], pair[1])
	}
	return strings.NewReplacer(flat...).Replace
}

func pathOf(r mocktest.Resource) string {
	if path := textOf(r.Inputs, "path"); path != "" {
		return path
	}
	return "/"
}

// physicalName is the name in AWS: the given one, or the logical one with digits.
func physicalName(r mocktest.Resource) string {
	for _, key := range []resource.PropertyKey{"name", "bucket", "identifier"} {
		if name := textOf(r.Inputs, key); name != "" {
			return name
		}
	}
	if family := textOf(r.Inputs, "family"); family != "" {
		return family
	}
	return r.Name + suffix
}

// textOf is a property that is a text, empty when it is none.
func textOf(properties resource.PropertyMap, key resource.PropertyKey) string {
	if value := properties[key]; value.IsString() {
		return value.StringValue()
	}
	return ""
}

func tags(r mocktest.Resource) map[string]string {
	given := r.Inputs["tags"]
	if !given.IsObject() {
		return nil
	}
	found := map[string]string{}
	for key, value := range given.ObjectValue() {
		if value.IsString() {
			found[string(key)] = value.StringValue()
		}
	}
	return found
}
