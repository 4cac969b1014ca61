package mapping

import (
	"strings"
	"unicode"
)

// Package is the name of the Pulumi package.
const Package = "aws"

// Version is the pulumi-aws release whose types the table describes.
const Version = "6.83.4"

// Resource maps a Terraform resource to a Pulumi one.
type Resource struct {
	// Terraform is the type's name there, such as aws_vpc.
	Terraform string
	// Module and Name are the Pulumi module and type, such as ec2 and Vpc.
	Module, Name string
	// AutoName says how a missing name is filled in.
	AutoName AutoName
	// Fields overrides what the bridge derives by itself, by Terraform name.
	Fields map[string]Field
	// Newer lists arguments, by Pulumi name, that pulumi-aws has and that the
	// Terraform provider behind the local plugin is too old for. The plugin
	// accepts and drops them, so that a program written for AWS runs unchanged.
	Newer []string
	// DeleteFirst deletes the old resource before its replacement is created,
	// where AWS allows only one of the kind.
	DeleteFirst bool
}

// Function maps a Terraform data source to a Pulumi function.
type Function struct {
	// Terraform is the data source's name, such as aws_vpc.
	Terraform string
	// Module and Name are the Pulumi module and function, such as ec2 and getVpc.
	Module, Name string
	// Fields overrides what the bridge derives by itself, by Terraform name.
	Fields map[string]Field
}

// AutoName is the rule for a name that the program leaves out: the resource's
// own name, a hyphen and seven random hexadecimal digits. The zero value applies
// it to the property "name", up to 255 characters, where the type has one.
type AutoName struct {
	// Property is the Terraform property to fill. Default: name.
	Property string
	// MaxLength is the longest name that AWS accepts. Default: 255.
	MaxLength int
	// Lower asks for lower case, as S3 does.
	Lower bool
	// Joined leaves out the hyphen.
	Joined bool
	// Plain leaves out the hyphen and the digits.
	Plain bool
	// Prefix starts the name, such as the alias/ of a KMS alias.
	Prefix string
	// FIFO is the Pulumi name of the argument that makes the name end in .fifo.
	FIFO string
	// Off leaves a missing name to Terraform or AWS.
	Off bool
}

// Field overrides one property.
type Field struct {
	// Name is the Pulumi name. Default: the Terraform name in camel case, in
	// the plural for a list.
	Name string
	// Form shows a list as one value or keeps it a list. Default: what
	// Terraform's maximum number of items says.
	Form Form
	// Type is the Pulumi type, such as integer. Default: the Terraform type.
	Type string
	// JSON marks a string that holds a JSON document: a different layout of the
	// same document is no difference.
	JSON bool
	// Default is the value of an argument that the program leaves out.
	Default string
	// AutoName fills in the missing name of a nested object.
	AutoName *AutoName
	// Fields overrides the properties of a nested object.
	Fields map[string]Field
}

// Form is how a Terraform list appears in Pulumi.
type Form int

const (
	// Derived follows the Terraform schema.
	Derived Form = iota
	// Single shows the only element itself.
	Single
	// List keeps the list.
	List
)

// managed is the description that pulumi-aws gives what has none.
const managed = "Managed by Pulumi"

// Token returns the Pulumi token, such as aws:ec2/vpc:Vpc.
func (r Resource) Token() string { return token(r.Module, r.Name) }

// Token returns the Pulumi token, such as aws:ec2/getVpc:getVpc.
func (f Function) Token() string { return token(f.Module, f.Name) }

func token(module, name string) string {
	r := []rune(name)
	r[0] = unicode.ToLower(r[0])
	return strings.Join([]string{Package, module + "/" + string(r), name}, ":")
}
