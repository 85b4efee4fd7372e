use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

/// Certificate authorities of a network's own, which are believed beside Mozilla's.
#[derive(Debug, Clone, Default)]
pub struct Authorities(Vec<Certificate<'static>>);

impl Authorities {
    /// Reads the certificates of a PEM file; `None` when there is none in it, or one can't be read.
    pub fn parse(pem: &[u8]) -> Option<Self> {
        let mut certificates = Vec::new();
        for item in parse_pem(pem) {
            if let PemItem::Certificate(certificate) = item.ok()? {
                certificates.push(certificate);
            }
        }
        if certificates.is_empty() { None } else { Some(Self(certificates)) }
    }

    pub(crate) fn roots(self) -> RootCerts {
        if self.0.is_empty() {
            return RootCerts::WebPki;
        }
        let known = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(|der| Certificate::from_der(der));
        known.chain(self.0).collect::<Vec<_>>().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_no_authority() {
        for pem in ["", "trust me", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
            assert!(Authorities::parse(pem.as_bytes()).is_none(), "{pem}");
        }
    }
}
