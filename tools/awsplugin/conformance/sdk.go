package conformance

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// sdkPackage is one package of the SDK, read from its source.
type sdkPackage struct {
	sdk     *sdk
	name    string                     // the module: ec2, or index for the root
	structs map[string]*ast.StructType // by Go name
	secrets map[string][]string        // by the name of the constructor
}

// sdk reads the packages of the SDK when they are needed.
type sdk struct {
	root     string // the directory of the package aws
	packages map[string]*sdkPackage
}

func newSDK(root string) *sdk { return &sdk{root: root, packages: map[string]*sdkPackage{}} }

func (s *sdk) load(module string) (*sdkPackage, error) {
	if p := s.packages[module]; p != nil {
		return p, nil
	}
	dir := filepath.Join(s.root, module)
	if module == "index" {
		dir = s.root
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read the SDK's package %s: %w", module, err)
	}
	p := &sdkPackage{sdk: s, name: module, structs: map[string]*ast.StructType{}, secrets: map[string][]string{}}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("parse the SDK: %w", err)
		}
		p.collect(f)
	}
	s.packages[module] = p
	return p, nil
}

func (p *sdkPackage) collect(f *ast.File) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if t, ok := spec.(*ast.TypeSpec); ok {
					if st, ok := t.Type.(*ast.StructType); ok {
						p.structs[t.Name.Name] = st
					}
				}
			}
		case *ast.FuncDecl:
			if names := secretOutputs(d); names != nil {
				p.secrets[d.Name.Name] = names
			}
		}
	}
}

// secretOutputs returns what a constructor passes to AdditionalSecretOutputs.
func secretOutputs(fn *ast.FuncDecl) []string {
	var names []string
	ast.Inspect(fn, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); !ok || sel.Sel.Name != "AdditionalSecretOutputs" {
			return true
		}
		ast.Inspect(call, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil {
					names = append(names, s)
				}
			}
			return true
		})
		return false
	})
	return names
}

// properties implements side: nested types are named module.GoName.
func (s *sdk) properties(nested string) (map[string]property, error) {
	module, name, _ := strings.Cut(nested, ".")
	p, err := s.load(module)
	if err != nil {
		return nil, err
	}
	return p.fields(name)
}

// fields returns the tagged fields of a struct.
func (p *sdkPackage) fields(name string) (map[string]property, error) {
	st, ok := p.structs[name]
	if !ok {
		return nil, fmt.Errorf("the SDK's package %s has no struct %s", p.name, name)
	}
	props := map[string]property{}
	for _, f := range st.Fields.List {
		if property, ok := tagName(f); ok {
			props[property] = p.typeOf(f.Type)
		}
	}
	return props, nil
}

// tagName returns the Pulumi name of a field.
func tagName(f *ast.Field) (string, bool) {
	if f.Tag == nil {
		return "", false
	}
	tag, err := strconv.Unquote(f.Tag.Value)
	if err != nil {
		return "", false
	}
	value, ok := reflect.StructTag(tag).Lookup("pulumi")
	name, _, _ := strings.Cut(value, ",")
	return name, ok
}

// typeOf understands both kinds of field: the plain types of arguments and the
// Output types of results.
func (p *sdkPackage) typeOf(e ast.Expr) property {
	switch t := e.(type) {
	case *ast.StarExpr:
		return p.typeOf(t.X)
	case *ast.ArrayType:
		inner := p.typeOf(t.Elt)
		return property{list + inner.shape, inner.nested}
	case *ast.MapType:
		inner := p.typeOf(t.Value)
		return property{object + inner.shape, inner.nested}
	case *ast.Ident:
		return p.named(t.Name)
	case *ast.SelectorExpr:
		if x, ok := t.X.(*ast.Ident); ok && x.Name == "pulumi" {
			return shapeOf(t.Sel.Name)
		}
	}
	return property{}
}

// named resolves a type of the package: a struct, an output of one, or else a
// plain value such as an enumeration.
func (p *sdkPackage) named(name string) property {
	if p.isObject(name) {
		return property{nested: p.name + "." + name}
	}
	rest, isOutput := strings.CutSuffix(name, "Output")
	if !isOutput {
		return property{}
	}
	var outer shape
	for {
		if p.isObject(rest) {
			return property{outer, p.name + "." + rest}
		}
		switch {
		case strings.HasSuffix(rest, "Ptr"):
			rest = strings.TrimSuffix(rest, "Ptr")
		case strings.HasSuffix(rest, "Array"):
			rest, outer = strings.TrimSuffix(rest, "Array"), list+outer
		case strings.HasSuffix(rest, "Map"):
			rest, outer = strings.TrimSuffix(rest, "Map"), object+outer
		default:
			return property{shape: outer}
		}
	}
}

// isObject reports whether a name is that of a nested type. Output types and
// resources embed something; where the SDK refers to a resource, it means its
// name.
func (p *sdkPackage) isObject(name string) bool {
	st, ok := p.structs[name]
	return ok && !slices.ContainsFunc(st.Fields.List, func(f *ast.Field) bool { return len(f.Names) == 0 })
}

// shapeOf reads the shape of an output type of the Pulumi SDK, such as
// StringArrayOutput.
func shapeOf(name string) property {
	rest, ok := strings.CutSuffix(name, "Output")
	if !ok {
		// Assets, archives and arrays of inputs.
		return property{}
	}
	var outer shape
	for {
		switch {
		case strings.HasSuffix(rest, "Ptr"):
			rest = strings.TrimSuffix(rest, "Ptr")
		case strings.HasSuffix(rest, "Array"):
			rest, outer = strings.TrimSuffix(rest, "Array"), list+outer
		case strings.HasSuffix(rest, "Map"):
			rest, outer = strings.TrimSuffix(rest, "Map"), object+outer
		default:
			return property{shape: outer}
		}
	}
}
