//! The server: a port of this machine alone, connections with limits, an end on Ctrl-C.

use std::{
    net::{Ipv4Addr, SocketAddr},
    pin::pin,
    sync::{Arc, atomic::AtomicUsize},
    thread,
    time::Duration,
};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use shallow_fitting::Request;
use tokio::{
    net::{TcpListener, TcpStream},
    runtime, signal,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};

use crate::{
    api,
    error::StudioError,
    guard::{Guard, guard, random},
    jobs::Jobs,
    page,
    state::{Asked, Shared, Studio},
    steering::{self, Trainings},
    tables::{LARGEST_UPLOAD, Tables},
};

/// The port where the user names none, if it is free.
const PORT: u16 = 8317;

/// Connections at once; more wait until one ends. A page has one for each of its requests.
const CONNECTIONS: usize = 512;

/// How long a client may take to say what it wants.
const HEAD: Duration = Duration::from_secs(10);

/// How long a connection lives: a descent may be watched for a day.
const CONNECTION: Duration = Duration::from_hours(24);

/// The most bytes of a request that is no table.
const LARGEST_REQUEST: usize = 8 << 20;

/// How the page is served.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The port; 8317 or another that is free, if not given.
    pub port: Option<u16>,
    /// Whether the browser is opened.
    pub opens: bool,
    /// What the page begins with.
    pub request: Request,
}

/// Serves the page until Ctrl-C. `announce` is called with its address once it can be opened.
///
/// # Errors
///
/// [`StudioError::Port`], [`StudioError::System`], and [`StudioError::Table`] with what is wrong with a table that the page begins
/// with.
pub fn serve(options: &Options, announce: impl FnOnce(&str)) -> Result<(), StudioError> {
    let n_cores = thread::available_parallelism().map_or(1, usize::from);
    let uploads = tempfile::Builder::new()
        .prefix("shallow-studio-")
        .tempdir()?;
    let tables = Tables::new(uploads.path());
    let studio = Arc::new(Studio {
        jobs: Jobs::new(n_cores),
        trainings: Trainings::default(),
        first: first(&options.request, &tables)?,
        tables,
        reading: AtomicUsize::new(0),
    });
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(n_cores.clamp(2, 8))
        .max_blocking_threads(2 * n_cores + steering::MOST)
        .enable_all()
        .build()?;
    let served = runtime.block_on(async {
        let listener = listen(options.port).await?;
        let port = listener.local_addr()?.port();
        let token = random();
        let address = format!("http://127.0.0.1:{port}/{token}/");
        let router = router(studio, Guard { token, port });
        announce(&address);
        if options.opens {
            // Where there is no browser, the address is printed.
            let _ = open::that_detached(address);
        }
        tokio::select! {
            () = accept(listener, router) => {}
            () = interrupted() => {}
        }
        Ok(())
    });
    // What is computed for pages ends with their connections, and at the latest with the program.
    runtime.shutdown_background();
    drop(uploads);
    served
}

/// What the page begins with, its table among the known ones.
fn first(request: &Request, tables: &Tables) -> Result<Asked, StudioError> {
    let table = request.csv.as_deref().map(|path| tables.name(path));
    Ok(Asked {
        table: table.transpose()?.map(|preview| preview.id().to_string()),
        request: Request {
            csv: None,
            ..request.clone()
        },
    })
}

async fn listen(asked: Option<u16>) -> Result<TcpListener, StudioError> {
    let bind = |port| TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let port = asked.unwrap_or(PORT);
    match bind(port).await {
        Ok(listener) => Ok(listener),
        Err(_) if asked.is_none() => Ok(bind(0).await?),
        Err(source) => Err(StudioError::Port { port, source }),
    }
}

fn router(studio: Shared, ours: Guard) -> Router {
    let upload = post(api::table::upload).layer(DefaultBodyLimit::max(LARGEST_UPLOAD));
    let api = Router::new()
        .route("/first", get(api::table::first))
        .route("/fit", post(api::fit::fit))
        .route("/values", post(api::fit::values))
        .route("/train", post(api::train::train))
        .route("/reach", post(api::train::reach))
        .route("/train/{id}", post(api::train::steer))
        .route("/race", post(api::race::race))
        .route("/check", post(api::gradients::check))
        .route("/export", post(api::ship::export))
        .route("/save", post(api::ship::save))
        .route("/runs", get(api::runs::list))
        .route("/open", post(api::runs::open))
        .method_not_allowed_fallback(page::no_such)
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
        .route("/table", upload)
        .with_state(studio);
    let inside = Router::new()
        .route("/", get(page::index))
        .route("/page/{*name}", get(page::asset))
        .route("/course/{name}", get(page::course))
        .route("/course/pictures/{name}", get(page::picture))
        .nest("/api", api);
    Router::new()
        .nest(&format!("/{}", ours.token), inside.clone())
        .route(&format!("/{}/", ours.token), get(page::index))
        .fallback(page::no_such)
        .layer(middleware::from_fn_with_state(ours, guard))
}

async fn accept(listener: TcpListener, router: Router) {
    let connections = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(permit) = connections.clone().acquire_owned().await else {
            return; // it is never closed
        };
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(answer(stream, router.clone(), permit))),
            // Out of file descriptors, or a client that left already.
            Err(_) => sleep(Duration::from_millis(20)).await,
        }
    }
}

/// One connection, for one request.
async fn answer(stream: TcpStream, router: Router, _permit: OwnedSemaphorePermit) {
    let _ = stream.set_nodelay(true); // at worst a frame is late
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    // A client that leaves, or says what is no request, is no error of ours.
    let _ = timeout(CONNECTION, connection).await;
}

/// Ctrl-C, or the system's word to end.
async fn interrupted() {
    let typed = pin!(async { drop(signal::ctrl_c().await) });
    #[cfg(unix)]
    if let Ok(mut told) = signal::unix::signal(signal::unix::SignalKind::terminate()) {
        tokio::select! {
            () = typed => {}
            _ = told.recv() => {}
        }
        return;
    }
    typed.await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_an_error_where_it_was_asked_for() {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let taken = listen(Some(0)).await.unwrap();
            let port = taken.local_addr().unwrap().port();
            let error = listen(Some(port)).await.unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("cannot listen on port {port}")),
                "{error}"
            );
        });
    }
}
