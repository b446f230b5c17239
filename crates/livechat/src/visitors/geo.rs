//! Which country and city an address is in, by a MaxMind database of the operator's, if there is one.

use maxminddb::{Reader, geoip2};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};
use thiserror::Error;

#[derive(Debug, Error)]
#[error("the GeoIP file {path} cannot be used: {why}; give another one or leave the setting out")]
pub struct GeoError {
    path: PathBuf,
    why: String,
}

/// Where somebody is: a country's ISO code and a city's English name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub country: Option<String>,
    pub city: Option<String>,
}

/// The database that is in use; replaced when its file changes.
#[derive(Clone, Default)]
pub struct Geo(Option<Arc<Source>>);

struct Source {
    path: PathBuf,
    loaded: RwLock<(Stamp, Arc<Reader<Vec<u8>>>)>,
}

type Stamp = (Option<SystemTime>, u64);

impl Geo {
    /// No file: every place is unknown.
    pub fn none() -> Self {
        Self::default()
    }

    /// # Errors
    /// When the file cannot be read or is no MaxMind database.
    pub fn open(path: &Path) -> Result<Self, GeoError> {
        let loaded = load(path)?;
        Ok(Self(Some(Arc::new(Source { path: path.to_owned(), loaded: RwLock::new(loaded) }))))
    }

    pub fn find(&self, address: IpAddr) -> Place {
        let Some(source) = &self.0 else { return Place::default() };
        let reader = source.loaded.read().unwrap_or_else(PoisonError::into_inner).1.clone();
        let found = reader.lookup(address).and_then(|found| found.decode::<geoip2::City>());
        match found {
            Ok(Some(city)) => Place {
                country: city.country.iso_code.map(str::to_owned),
                city: city.city.names.english.map(|name| super::text::line(name, 100)),
            },
            Ok(None) => Place::default(),
            Err(err) => {
                tracing::debug!(error = %err, "an address could not be looked up");
                Place::default()
            }
        }
    }

    /// Looks again every ten seconds whether the file has changed. Runs for ever; to be stopped by dropping it.
    pub async fn watch(self) {
        let Some(source) = self.0 else { return };
        loop {
            tokio::time::sleep(Duration::from_secs(10)).await;
            let source = source.clone();
            // A panic in there has been reported by the runtime; the old database stays in use.
            let _ended = tokio::task::spawn_blocking(move || source.reload()).await;
        }
    }
}

impl Source {
    /// Takes a changed file into use; a damaged one is refused and the old one stays.
    fn reload(&self) {
        let before = self.loaded.read().unwrap_or_else(PoisonError::into_inner).0;
        if stamp(&self.path).is_none_or(|now| now == before) {
            return;
        }
        match load(&self.path) {
            Ok(loaded) => {
                *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = loaded;
                tracing::info!(path = %self.path.display(), "the GeoIP file was read again");
            }
            Err(err) => tracing::warn!(error = %err, "the changed GeoIP file is not used"),
        }
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let about = std::fs::metadata(path).ok()?;
    Some((about.modified().ok(), about.len()))
}

type Loaded = (Stamp, Arc<Reader<Vec<u8>>>);

fn load(path: &Path) -> Result<Loaded, GeoError> {
    let cannot = |why: String| GeoError { path: path.to_owned(), why };
    let stamp = stamp(path).ok_or_else(|| cannot("there is no such file".into()))?;
    let reader = Reader::open_readfile(path).map_err(|err| cannot(err.to_string()))?;
    // A cut-off file can have its description in order and nothing else.
    for probe in [IpAddr::from([1, 1, 1, 1]), IpAddr::from([223, 5, 5, 5])] {
        reader.lookup(probe).and_then(|found| found.decode::<geoip2::City>()).map_err(|err| cannot(err.to_string()))?;
    }
    Ok((stamp, Arc::new(reader)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_told_clearly() {
        let path = std::env::temp_dir().join(format!("geo-{}.mmdb", std::process::id()));
        std::fs::write(&path, b"this is no database").expect("written");
        let told = Geo::open(&path).err().map(|err| err.to_string()).unwrap_or_default();
        std::fs::remove_file(&path).expect("removed");
        assert!(told.contains("GeoIP file") && told.contains(".mmdb"), "{told}");
        assert!(Geo::open(&path).err().is_some_and(|err| err.to_string().contains("no such file")));
    }

    /// Made by another program than ours (mmdb_writer), with documentation addresses in it.
    const PLACES: &[u8] = include_bytes!("../../tests/places/places.mmdb");

    fn place(country: &str, city: &str) -> Place {
        Place { country: Some(country.into()), city: Some(city.into()) }
    }

    #[test]
    fn an_address_of_either_kind_is_found_in_its_country_and_city() {
        let path = std::env::temp_dir().join(format!("places-{}.mmdb", std::process::id()));
        std::fs::write(&path, PLACES).expect("written");
        let geo = Geo::open(&path).expect("is a database");
        std::fs::remove_file(&path).expect("removed");
        assert_eq!(geo.find("203.0.113.9".parse().expect("an address")), place("CN", "Hangzhou"));
        assert_eq!(geo.find("2001:db8:1::7".parse().expect("an address")), place("DE", "Berlin"));
        assert_eq!(geo.find("192.0.2.1".parse().expect("an address")), Place::default());
    }

    #[test]
    fn without_a_file_every_place_is_unknown() {
        assert_eq!(Geo::none().find(IpAddr::from([1, 1, 1, 1])), Place::default());
    }
}
