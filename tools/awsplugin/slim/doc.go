// Package slim makes a small, writable copy of the Terraform AWS provider.
//
// The provider has some 240 service packages; building all of them takes tens
// of minutes and more memory than a laptop has. Two generated files tie them
// together: internal/provider/service_packages_gen.go lists every service, and
// internal/conns/awsclient_gen.go has one client constructor for each. Copy
// keeps the services that implement the wanted Terraform types, cuts both
// files down to what is left, and copies only the packages that are still
// reachable. Nothing else of the provider changes.
package slim
