// Package pricing says what resources cost in a month at AWS's list prices when
// nobody uses them. It knows resources by Pulumi's type tokens and properties
// alone, so that it prices what a program registers as well as what a preview
// plans, before and after.
//
// It refuses what it can't price: a type that has no rule and is not listed as
// free, an instance class that the price list lacks, a number that is not known
// yet. Prices and assumptions come from a List, never from code.
package pricing
