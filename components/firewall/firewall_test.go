package firewall_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/firewall"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

func base() *firewall.Args {
	return &firewall.Args{LoadBalancerARN: pulumi.String("arn:load-balancer")}
}

func program(args *firewall.Args, opts ...pulumi.ResourceOption) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := firewall.New(ctx, "waf", args, opts...)
		return err
	}
}

func TestNewRegistersExactlyItsChildren(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(base()))
	mocktest.Equal(t, "resources", got.Keys(), []string{
		"cloudwatch.LogGroup waf",
		"cloudwatch.LogResourcePolicy waf",
		"firewall.Firewall waf",
		"wafv2.WebAcl waf",
		"wafv2.WebAclAssociation waf",
		"wafv2.WebAclLoggingConfiguration waf",
	})
	got.CheckParents(t, "firewall.Firewall waf")
	mocktest.Equal(t, "protected", got.Protected(), nil)
	association := got.Get(t, "wafv2.WebAclAssociation waf").Inputs
	sameJSON(t, association, `{"resourceArn":"arn:load-balancer","webAclArn":"arn:aws:wafv2:us-east-1:111122223333:waf"}`)
}

// rule is one rule of the web ACL as AWS takes it.
func rule(name string, priority int, action, statement string) string {
	return fmt.Sprintf(`{"name":%q,"priority":%d,%s,"statement":%s,"visibilityConfig":%s}`, name, priority, action, statement, visible("waf-"+name))
}

func visible(metric string) string {
	return fmt.Sprintf(`{"cloudwatchMetricsEnabled":true,"metricName":%q,"sampledRequestsEnabled":false}`, metric)
}

func managed(name string, counted ...string) string {
	overrides := ""
	for i, rule := range counted {
		counted[i] = fmt.Sprintf(`{"name":%q,"actionToUse":{"count":{}}}`, rule)
	}
	if len(counted) > 0 {
		overrides = `,"ruleActionOverrides":[` + strings.Join(counted, ",") + `]`
	}
	return fmt.Sprintf(`{"managedRuleGroupStatement":{"vendorName":"AWS","name":%q%s}}`, name, overrides)
}

func limit(requests int) string {
	return rule("rate-limit", 0, `"action":{"block":{"customResponse":{"responseCode":429}}}`,
		fmt.Sprintf(`{"rateBasedStatement":{"limit":%d,"evaluationWindowSec":300,"aggregateKeyType":"IP"}}`, requests))
}

func TestRules(t *testing.T) {
	const group, block = `"overrideAction":{"none":{}}`, `"action":{"block":{}}`
	reputation := rule("ip-reputation", 1, group, managed("AWSManagedRulesAmazonIpReputationList"))
	known := rule("known-bad-inputs", 2, group, managed("AWSManagedRulesKnownBadInputsRuleSet"))
	label := func(key string) string {
		return fmt.Sprintf(`{"labelMatchStatement":{"scope":"LABEL","key":"awswaf:managed:aws:%s"}}`, key)
	}
	not := func(path string) string {
		return fmt.Sprintf(`{"notStatement":{"statements":[{"regexMatchStatement":{"regexString":%q,"fieldToMatch":{"uriPath":{}},"textTransformations":[{"priority":0,"type":"NONE"}]}}]}}`, path)
	}
	for name, test := range map[string]struct {
		requests int
		uploads  []string
		want     []string
	}{
		"default": {0, nil, []string{
			limit(2000), reputation, known,
			rule("common", 3, group, managed("AWSManagedRulesCommonRuleSet", "SizeRestrictions_BODY")),
			rule("sql-injection", 4, group, managed("AWSManagedRulesSQLiRuleSet")),
		}},
		"with uploads": {500, []string{"^/image/$", "^/admin/"}, []string{
			limit(500), reputation, known,
			rule("common", 3, group, managed("AWSManagedRulesCommonRuleSet", "SizeRestrictions_BODY", "CrossSiteScripting_BODY", "GenericLFI_BODY")),
			rule("sql-injection", 4, group, managed("AWSManagedRulesSQLiRuleSet", "SQLi_BODY")),
			rule("bodies", 5, block, `{"andStatement":{"statements":[{"orStatement":{"statements":[`+
				label("core-rule-set:CrossSiteScripting_Body")+`,`+label("core-rule-set:GenericLFI_Body")+`,`+label("sql-database:SQLi_Body")+
				`]}},`+not("^/image/$")+`,`+not("^/admin/")+`]}}`),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			args := base()
			args.RequestsPer5Minutes, args.UploadPaths = test.requests, test.uploads
			sameJSON(t, mocktest.MustRun(t, "test", nil, program(args)).Get(t, "wafv2.WebAcl waf").Inputs,
				`{"name":"waf","scope":"REGIONAL","defaultAction":{"allow":{}},"visibilityConfig":`+visible("waf")+`,"rules":[`+strings.Join(test.want, ",")+`]}`)
		})
	}
}

func TestSQLRulesCanBeLeftOut(t *testing.T) {
	args := base()
	args.WithoutSQLRules, args.UploadPaths = true, []string{"^/upload/$"}
	var names []string
	acl := mocktest.MustRun(t, "test", nil, program(args)).Get(t, "wafv2.WebAcl waf").Inputs
	for _, rule := range acl["rules"].ArrayValue() {
		names = append(names, rule.ObjectValue()["name"].StringValue())
	}
	mocktest.Equal(t, "rules", names, []string{"rate-limit", "ip-reputation", "known-bad-inputs", "common", "bodies"})
	if text := acl["rules"].String(); strings.Contains(text, "SQLi") {
		t.Errorf("a rule names the group that is left out: %s", text)
	}
}

func TestLogHoldsNoCredentials(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(base()))
	logging := got.Get(t, "wafv2.WebAclLoggingConfiguration waf")
	sameJSON(t, logging.Inputs, `{"resourceArn":"arn:aws:wafv2:us-east-1:111122223333:waf",`+
		`"logDestinationConfigs":["arn:aws:logs:us-east-1:111122223333:waf"],`+
		`"redactedFields":[{"singleHeader":{"name":"authorization"}},{"singleHeader":{"name":"cookie"}}],`+
		`"loggingFilter":{"defaultBehavior":"DROP","filters":[{"behavior":"KEEP","requirement":"MEETS_ANY",`+
		`"conditions":[{"actionCondition":{"action":"BLOCK"}},{"actionCondition":{"action":"COUNT"}}]}]}}`)
	if !slices.Contains(logging.DependsOn, "cloudwatch.LogResourcePolicy waf") {
		t.Errorf("does not wait for the right to deliver; waits for %v", logging.DependsOn)
	}
}

func TestLogGroup(t *testing.T) {
	args := base()
	for _, test := range []struct {
		days int
		key  pulumi.StringInput
		want string
	}{
		{0, nil, `{"name":"aws-waf-logs-waf","retentionInDays":30}`},
		{90, pulumi.String("arn:key"), `{"name":"aws-waf-logs-waf","retentionInDays":90,"kmsKeyId":"arn:key"}`},
	} {
		args.LogRetentionDays, args.KeyARN = test.days, test.key
		sameJSON(t, mocktest.MustRun(t, "test", nil, program(args)).Get(t, "cloudwatch.LogGroup waf").Inputs, test.want)
	}
}

func TestOnlyLogDeliveryOfTheAccountMayWrite(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(base())).Get(t, "cloudwatch.LogResourcePolicy waf").Inputs
	if name := got["policyName"].StringValue(); name != "aws-waf-logs-waf" {
		t.Errorf("policy name: got %s", name)
	}
	mocktest.SameJSON(t, got["policyDocument"].StringValue(), `{"Version":"2012-10-17","Statement":[{"Sid":"DeliverFirewallLog","Effect":"Allow",`+
		`"Principal":{"Service":["delivery.logs.amazonaws.com"]},"Action":["logs:CreateLogStream","logs:PutLogEvents"],`+
		`"Resource":["arn:aws:logs:us-east-1:111122223333:waf:log-stream:*"],`+
		`"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:aws:logs:us-east-1:111122223333:*"}}}]}`)
}

func TestOutputs(t *testing.T) {
	var arn string
	mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
		f, err := firewall.New(ctx, "waf", base())
		if err != nil {
			return err
		}
		if f.Name != "waf" || f.LogGroup != "aws-waf-logs-waf" {
			t.Errorf("got name %s, log group %s", f.Name, f.LogGroup)
		}
		ctx.Export("arn", f.ARN.ApplyT(func(value string) string { arn = value; return value }))
		return nil
	})
	if arn != "arn:aws:wafv2:us-east-1:111122223333:waf" {
		t.Errorf("ARN: got %s", arn)
	}
}

func TestValidateReportsEveryProblemAtOnce(t *testing.T) {
	long := "^/" + strings.Repeat("x", 511)
	got := (&firewall.Args{RequestsPer5Minutes: 9, UploadPaths: []string{"^/image/$", "/image/", "^/(", long}, LogRetentionDays: 31}).Validate()
	if got == nil {
		t.Fatal("no error")
	}
	mocktest.Equal(t, "problems", strings.Split(got.Error(), "\n"), []string{
		"firewall.LoadBalancerARN: required",
		"firewall.RequestsPer5Minutes: 9 must be 10 to 2000000000",
		`firewall.UploadPaths[1]: "/image/" must be a regular expression of at most 512 characters that begins with ^/`,
		`firewall.UploadPaths[2]: "^/(" must be a regular expression of at most 512 characters that begins with ^/`,
		`firewall.UploadPaths[3]: "` + long + `" must be a regular expression of at most 512 characters that begins with ^/`,
		"firewall.LogRetentionDays: 31 days must be one of [1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653]",
	})
}

func TestInvalidArgsRegisterNothing(t *testing.T) {
	for name, args := range map[string]*firewall.Args{"nil": nil, "empty": {}} {
		got, err := mocktest.Run(t, "test", nil, program(args))
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		mocktest.Equal(t, "resources", got.Keys(), nil)
	}
}

func TestFailuresSayWhatFailed(t *testing.T) {
	for refused, want := range map[string]string{
		"slipway:firewall:Firewall":                                       "register firewall waf",
		"aws:wafv2/webAcl:WebAcl":                                         "create web ACL",
		"aws:cloudwatch/logGroup:LogGroup":                                "create log group waf",
		"aws:cloudwatch/logResourcePolicy:LogResourcePolicy":              "admit log delivery",
		"aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": "log requests",
		"aws:wafv2/webAclAssociation:WebAclAssociation":                   "protect load balancer",
	} {
		_, err := mocktest.Run(t, "test", nil, program(base(), refuse(refused)))
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
