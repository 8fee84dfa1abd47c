/** The keys that the OCI image specification 1.1 defines (annotations.md, "Pre-Defined Annotation Keys"). */
export const annotationKeys = {
  authors: "org.opencontainers.image.authors",
  baseDigest: "org.opencontainers.image.base.digest",
  baseName: "org.opencontainers.image.base.name",
  created: "org.opencontainers.image.created",
  description: "org.opencontainers.image.description",
  documentation: "org.opencontainers.image.documentation",
  licenses: "org.opencontainers.image.licenses",
  refName: "org.opencontainers.image.ref.name",
  revision: "org.opencontainers.image.revision",
  source: "org.opencontainers.image.source",
  title: "org.opencontainers.image.title",
  url: "org.opencontainers.image.url",
  vendor: "org.opencontainers.image.vendor",
  version: "org.opencontainers.image.version",
} as const;

export type AnnotationName = keyof typeof annotationKeys;
