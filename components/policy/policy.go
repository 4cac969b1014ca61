// Package policy writes IAM policy documents whose resources are known only
// after other resources exist.
//
// It refuses nothing by itself: the tests of the components that use it assert
// the exact actions and resources of every role.
package policy

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Version is the current version of the IAM policy language:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
const Version = "2012-10-17"

// Statement is one statement of a policy document. The zero value of Deny
// allows.
type Statement struct {
	// Sid names the statement. Required, letters and digits only.
	Sid string
	// Deny turns the statement into a denial. Default: allow.
	Deny bool
	// Actions are the IAM actions, such as "s3:GetObject". Required.
	Actions []string
	// Resources are the ARNs that the actions may touch. Left out in trust
	// policies, required elsewhere.
	Resources []pulumi.StringInput
	// Services are the AWS service principals that may act ("ecs-tasks.amazonaws.com").
	// Only in trust and resource policies.
	Services []string
	// AWS are the AWS principals (account or role ARNs, "*"). Only in trust
	// and resource policies.
	AWS []pulumi.StringInput
	// Federated are the identity providers whose users may act. Only in trust
	// policies.
	Federated []pulumi.StringInput
	// Conditions holds operator -> key -> value.
	Conditions map[string]map[string]pulumi.StringInput
	// AnyOf holds operator -> key -> values, of which one has to match.
	AnyOf map[string]map[string][]string
}

// Document renders the statements as the JSON text that IAM takes.
func Document(statements ...Statement) pulumi.StringOutput {
	rendered := make(pulumi.Array, 0, len(statements))
	for _, s := range statements {
		rendered = append(rendered, s.render())
	}
	return pulumi.JSONMarshal(pulumi.Map{
		"Version":   pulumi.String(Version),
		"Statement": rendered,
	})
}

// Trust is who may take a role: one AWS service. A service that says for whom it
// takes a role is trusted for this account's sources only, since it would take the
// role for whoever else names it; a condition on what a service does not say locks
// it out in silence. So each source stands with the document that promises it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
type Trust struct {
	// Service is the service's principal, "ecs-tasks.amazonaws.com". Required.
	Service string
	// Account is the account that the service acts for, Source the ARN, or pattern
	// of ARNs, of what it acts for. They go together. Default: neither is asked for.
	Account *Account
	Source  pulumi.StringInput
}

// AssumeRole is the trust policy that lets one AWS service take a role.
func AssumeRole(trust Trust) pulumi.StringOutput {
	statement := Statement{
		Sid:      "AssumeRole",
		Actions:  []string{"sts:AssumeRole"},
		Services: []string{trust.Service},
	}
	if trust.Account != nil {
		statement.Conditions = map[string]map[string]pulumi.StringInput{
			"StringEquals": {"aws:SourceAccount": pulumi.String(trust.Account.ID)},
			"ArnLike":      {"aws:SourceArn": trust.Source},
		}
	}
	return Document(statement)
}

func (s Statement) render() pulumi.Map {
	effect := "Allow"
	if s.Deny {
		effect = "Deny"
	}
	out := pulumi.Map{
		"Sid":    pulumi.String(s.Sid),
		"Effect": pulumi.String(effect),
		"Action": pulumi.ToStringArray(s.Actions),
	}
	if len(s.Resources) > 0 {
		out["Resource"] = pulumi.StringArray(s.Resources)
	}
	principal := pulumi.Map{}
	if len(s.Services) > 0 {
		principal["Service"] = pulumi.ToStringArray(s.Services)
	}
	if len(s.AWS) > 0 {
		principal["AWS"] = pulumi.StringArray(s.AWS)
	}
	if len(s.Federated) > 0 {
		principal["Federated"] = pulumi.StringArray(s.Federated)
	}
	if len(principal) > 0 {
		out["Principal"] = principal
	}
	if conditions := s.conditions(); len(conditions) > 0 {
		out["Condition"] = conditions
	}
	return out
}

func (s Statement) conditions() pulumi.Map {
	conditions := pulumi.Map{}
	set := func(operator, key string, value pulumi.Input) {
		keys, is := conditions[operator].(pulumi.Map)
		if !is {
			keys = pulumi.Map{}
			conditions[operator] = keys
		}
		keys[key] = value
	}
	for operator, keys := range s.Conditions {
		for key, value := range keys {
			set(operator, key, value)
		}
	}
	for operator, keys := range s.AnyOf {
		for key, values := range keys {
			set(operator, key, pulumi.ToStringArray(values))
		}
	}
	return conditions
}
