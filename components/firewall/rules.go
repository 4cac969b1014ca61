package firewall

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/wafv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// sampled requests would show cookies and tokens, which the log leaves out: its
// redaction does not reach them.
// https://docs.aws.amazon.com/waf/latest/APIReference/API_LoggingConfiguration.html
const sampled = false

// managed is a rule group that AWS keeps up to date.
type managed struct {
	// name in metrics, and AWS's name of the group.
	name, group string
	// counted are the rules that never refuse.
	counted []string
	// exempt are the rules that do not refuse uploads, and the labels that they
	// put on what they match.
	exempt map[string]string
}

// The rule groups in their order: the cheap and certain first. All in all they
// take 1125 of the 1500 capacity units that a web ACL has at its price.
// https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
//
// What they count is what AWS names as refusing files:
// https://repost.aws/knowledge-center/waf-upload-blocked-files
var groups = []managed{
	{name: "ip-reputation", group: "AWSManagedRulesAmazonIpReputationList"},
	{name: "known-bad-inputs", group: "AWSManagedRulesKnownBadInputsRuleSet"},
	{
		name: "common", group: "AWSManagedRulesCommonRuleSet",
		counted: []string{"SizeRestrictions_BODY"},
		exempt: map[string]string{
			"CrossSiteScripting_BODY": "awswaf:managed:aws:core-rule-set:CrossSiteScripting_Body",
			"GenericLFI_BODY":         "awswaf:managed:aws:core-rule-set:GenericLFI_Body",
		},
	},
	{
		name: sqlInjection, group: "AWSManagedRulesSQLiRuleSet",
		exempt: map[string]string{"SQLi_BODY": "awswaf:managed:aws:sql-database:SQLi_Body"},
	},
}

// groups are the rule groups that this firewall has.
func (f *Firewall) groups() []managed {
	if !f.args.WithoutSQLRules {
		return groups
	}
	return slices.DeleteFunc(slices.Clone(groups), func(g managed) bool { return g.name == sqlInjection })
}

const sqlInjection = "sql-injection"

func (f *Firewall) rules() wafv2.WebAclRuleArray {
	rules := wafv2.WebAclRuleArray{f.limitRequests()}
	for _, group := range f.groups() {
		rules = append(rules, f.manage(group, len(rules)))
	}
	if len(f.args.UploadPaths) > 0 {
		rules = append(rules, f.refuseBodies(len(rules)))
	}
	return rules
}

// limitRequests answers 429, which clients know to wait after.
func (f *Firewall) limitRequests() *wafv2.WebAclRuleArgs {
	return &wafv2.WebAclRuleArgs{
		Name:     pulumi.String("rate-limit"),
		Priority: pulumi.Int(0),
		Action: &wafv2.WebAclRuleActionArgs{Block: &wafv2.WebAclRuleActionBlockArgs{
			CustomResponse: &wafv2.WebAclRuleActionBlockCustomResponseArgs{ResponseCode: pulumi.Int(429)},
		}},
		Statement: &wafv2.WebAclRuleStatementArgs{RateBasedStatement: &wafv2.WebAclRuleStatementRateBasedStatementArgs{
			Limit:               pulumi.Int(f.args.RequestsPer5Minutes),
			EvaluationWindowSec: pulumi.Int(300),
			AggregateKeyType:    pulumi.String("IP"),
		}},
		VisibilityConfig: f.visible("rate-limit"),
	}
}

func (f *Firewall) manage(group managed, priority int) *wafv2.WebAclRuleArgs {
	counted := group.counted
	if len(f.args.UploadPaths) > 0 {
		counted = slices.Concat(counted, slices.Sorted(maps.Keys(group.exempt)))
	}
	var overrides wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArray
	for _, rule := range counted {
		overrides = append(overrides, &wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs{
			Name: pulumi.String(rule),
			ActionToUse: &wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseArgs{
				Count: &wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseCountArgs{},
			},
		})
	}
	return &wafv2.WebAclRuleArgs{
		Name:           pulumi.String(group.name),
		Priority:       pulumi.Int(priority),
		OverrideAction: &wafv2.WebAclRuleOverrideActionArgs{None: &wafv2.WebAclRuleOverrideActionNoneArgs{}},
		Statement: &wafv2.WebAclRuleStatementArgs{ManagedRuleGroupStatement: &wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs{
			VendorName:          pulumi.String("AWS"),
			Name:                pulumi.String(group.group),
			RuleActionOverrides: overrides,
		}},
		VisibilityConfig: f.visible(group.name),
	}
}

// refuseBodies makes up for the rules that only count because of uploads: what
// they labelled is refused on every other path.
func (f *Firewall) refuseBodies(priority int) *wafv2.WebAclRuleArgs {
	var labels wafv2.WebAclRuleStatementArray
	for _, group := range f.groups() {
		for _, rule := range slices.Sorted(maps.Keys(group.exempt)) {
			labels = append(labels, &wafv2.WebAclRuleStatementArgs{LabelMatchStatement: &wafv2.WebAclRuleStatementLabelMatchStatementArgs{
				Scope: pulumi.String("LABEL"),
				Key:   pulumi.String(group.exempt[rule]),
			}})
		}
	}
	both := wafv2.WebAclRuleStatementArray{
		&wafv2.WebAclRuleStatementArgs{OrStatement: &wafv2.WebAclRuleStatementOrStatementArgs{Statements: labels}},
	}
	for _, path := range f.args.UploadPaths {
		both = append(both, &wafv2.WebAclRuleStatementArgs{NotStatement: &wafv2.WebAclRuleStatementNotStatementArgs{
			Statements: wafv2.WebAclRuleStatementArray{matchPath(path)},
		}})
	}
	return &wafv2.WebAclRuleArgs{
		Name:             pulumi.String("bodies"),
		Priority:         pulumi.Int(priority),
		Action:           &wafv2.WebAclRuleActionArgs{Block: &wafv2.WebAclRuleActionBlockArgs{}},
		Statement:        &wafv2.WebAclRuleStatementArgs{AndStatement: &wafv2.WebAclRuleStatementAndStatementArgs{Statements: both}},
		VisibilityConfig: f.visible("bodies"),
	}
}

// matchPath looks at the path as it came: what the app would not take for an
// upload is not exempt.
func matchPath(pattern string) *wafv2.WebAclRuleStatementArgs {
	return &wafv2.WebAclRuleStatementArgs{RegexMatchStatement: &wafv2.WebAclRuleStatementRegexMatchStatementArgs{
		RegexString:  pulumi.String(pattern),
		FieldToMatch: &wafv2.WebAclRuleStatementRegexMatchStatementFieldToMatchArgs{UriPath: &wafv2.WebAclRuleStatementRegexMatchStatementFieldToMatchUriPathArgs{}},
		TextTransformations: wafv2.WebAclRuleStatementRegexMatchStatementTextTransformationArray{
			&wafv2.WebAclRuleStatementRegexMatchStatementTextTransformationArgs{Priority: pulumi.Int(0), Type: pulumi.String("NONE")},
		},
	}}
}

func (f *Firewall) visible(rule string) *wafv2.WebAclRuleVisibilityConfigArgs {
	return &wafv2.WebAclRuleVisibilityConfigArgs{
		CloudwatchMetricsEnabled: pulumi.Bool(true),
		MetricName:               pulumi.String(f.Name + "-" + rule),
		SampledRequestsEnabled:   pulumi.Bool(sampled),
	}
}
