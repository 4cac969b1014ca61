// Package database builds an RDS for PostgreSQL 17 instance in isolated subnets:
// encrypted with a key of its own, reachable over TLS only and only from the
// security groups that AllowFrom names, its master password managed and rotated
// by RDS.
//
// It refuses fewer than two subnets, storage that RDS would not take, and a
// protected database without backups.
//
// It protects the data: unless Disposable says otherwise the instance has
// deletion protection, leaves a final snapshot, and Pulumi refuses to delete it.
package database
